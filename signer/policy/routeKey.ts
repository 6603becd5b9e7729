import { successorAt } from "../../shared/packet/index.ts";
import type { Route } from "./policy.ts";

type Keyed = Pick<Route, "key" | "successors">;

/**
 * The key that signs a sequence of a route: the last successor that has begun by then, else the route's first key. What is
 * signed already stays as it is, whatever this says later: the ledger knows one attestation for a sequence.
 */
export function keyOfSequence({ key, successors = [] }: Keyed, sequence: bigint): string {
  return successorAt(successors, sequence)?.key ?? key;
}

/** Every key of a route, with where its name stands. */
export function keysOfRoute({ key, successors = [] }: Keyed): { name: string; path: (string | number)[] }[] {
  return [
    { name: key, path: ["key"] },
    ...successors.map(({ key: name }, at) => ({ name, path: ["successors", at, "key"] })),
  ];
}
