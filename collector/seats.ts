import { type Stretch, type Successor, stretchAt, successorAt } from "../shared/packet/index.ts";
import type { RegisteredRoute } from "./config.ts";

type Seated = Pick<RegisteredRoute, "attestors" | "successors">;

/**
 * One place among a route's attestors, with the keys that hold it one after the other. The contract may know two keys of one
 * attestor during a rotation; here they are one voice, and each packet belongs to one of them.
 */
interface Seat {
  readonly first: string;
  /** In the order of their sequences. */
  readonly successors: readonly (Successor & { readonly attestor: string })[];
}

function seatsOf({ attestors, successors }: Seated): Seat[] {
  return attestors.map((first) => {
    const line: { attestor: string; fromSequence: bigint }[] = [];
    let last = first;
    for (const entry of successors) {
      if (entry.succeeds !== last) continue;
      line.push(entry);
      last = entry.attestor;
    }
    return { first, successors: line };
  });
}

const keysOf = ({ first, successors }: Seat) => [first, ...successors.map(({ attestor }) => attestor)];

/** Every key that signs on a route, whatever the sequence. */
export function attestorsOf({ attestors, successors }: Seated): string[] {
  return [...attestors, ...successors.map(({ attestor }) => attestor)];
}

/** The keys whose signatures about a sequence count: one for each of the route's attestors. */
export function attestorsAt(route: Seated, sequence: bigint): string[] {
  return seatsOf(route).map(({ first, successors }) => successorAt(successors, sequence)?.attestor ?? first);
}

/** The sequences that belong to a key; undefined for one that the route does not have. */
export function stretchOf(route: Seated, attestor: string): Stretch | undefined {
  for (const seat of seatsOf(route)) {
    const place = keysOf(seat).indexOf(attestor);
    if (place >= 0) return stretchAt(seat.successors, place);
  }
  return undefined;
}
