import { AttestorError } from "../../shared/errors/index.ts";
import type { Attestation } from "../../shared/wire/index.ts";
import type { Route } from "../policy/index.ts";

/** A client's newest attestation on a route; null where it has none. */
export interface Shown {
  readonly route: { readonly deployment: string; readonly source: bigint; readonly destination: bigint };
  readonly newest: Attestation | null;
}

/** What was shown for a route of the policy. */
export interface Matched {
  readonly route: Route;
  readonly newest: Attestation | null;
}

/** Each of the client's routes once and no other: what is left out is no explicit none. */
export function matchedRoutes(shown: readonly Shown[], routes: readonly Route[]): Matched[] {
  const matched = shown.map(({ route: named, newest }, index) => {
    const route = routes.find((each) => nameOf(idOf(each)) === nameOf(named));
    if (!route) throw invalid(`routes.${index}.route`, `${nameOf(named)} is no route of this client`);
    return { route, newest };
  });
  for (const route of routes) {
    const count = matched.filter((each) => each.route === route).length;
    if (count !== 1) throw invalid("routes", `must name ${nameOf(idOf(route))} once, with null where there is nothing`);
  }
  return matched;
}

export function idOf({ deployment, source, destination }: Route): Shown["route"] {
  return { deployment, source: source.chainId, destination: destination.chainId };
}

export function nameOf({ deployment, source, destination }: Shown["route"]): string {
  return `${deployment}/${source}/${destination}`;
}

export function invalid(field: string, reason: string): AttestorError {
  return new AttestorError("invalid_field", { field, reason });
}
