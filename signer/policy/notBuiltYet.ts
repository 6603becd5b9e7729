import type { CrossProblem } from "../crossCheck.ts";
import type { Route } from "./policy.ts";

/**
 * Settings whose rule no part of the gate enforces yet. A policy that has one does not load: it would promise what
 * nothing keeps. Whoever builds the rule takes its setting off this list.
 */
const notBuiltYet: readonly (keyof Route)[] = ["minimumAssurance", "signerWait", "agreement", "limits", "paused"];

export function notBuiltProblems(routes: readonly Route[]): CrossProblem[] {
  return routes.flatMap((route, index) =>
    notBuiltYet
      .filter((setting) => route[setting] !== undefined)
      .map((setting) => ({ path: ["routes", index, setting], reason: "is not built yet; leave it out" })),
  );
}
