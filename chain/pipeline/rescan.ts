import type { Sighting } from "../source/index.ts";
import { type Cursor, isSamePlace, type StoredPacket } from "../store/index.ts";
import { contradictionOf } from "./contradiction.ts";
import { gapsIn } from "./gaps.ts";
import { observations } from "./observe.ts";
import { type RouteContext, stopRoute, unusableSource } from "./routeContext.ts";

/** What the chain shows now and the store does not, or the other way round. Nothing is expected, ever. */
export interface Difference {
  readonly route: string;
  /**
   * `not_stored`: now stored, and on its way through every gate. `changed`, `not_on_chain`: the route is stopped. A packet
   * beyond what the contract had counted to when the blocks were read is `changed`, and not stored.
   * `not_shown`: counted by the contract and shown by no event.
   */
  readonly kind: "not_stored" | "changed" | "not_on_chain" | "not_shown";
  readonly sequence: bigint;
  readonly height: number;
}

/**
 * Reads final blocks again that were read before and compares every packet with the store. What is missing is repaired
 * through the same gate as every packet; what is different stops the route.
 *
 * @param range heights, both included; what lies before the route's first block or behind its cursor is left out.
 */
export async function rescanRoute(
  context: RouteContext,
  range: { readonly from: number; readonly to: number },
  stop: AbortSignal,
): Promise<Difference[]> {
  const { route, store, key, source } = context;
  const cursor = store.routes.cursor(key);
  const first = Math.max(range.from, route.startHeight);
  const last = Math.min(range.to, cursor?.height ?? -1);
  const differences: Difference[] = [];
  if (!cursor || first > last) return differences;
  let counted = first === 0 ? 0n : await source.counterAt(first - 1);
  for (let from = first; from <= last && !stop.aborted; from += route.source.chain.maximumRange) {
    const to = Math.min(from + route.source.chain.maximumRange - 1, last);
    const [sightings, counter] = [await source.dispatchedIn(from, to), await source.counterAt(to)];
    const gaps = gapsIn(
      counted,
      counter,
      sightings.map(({ sequence }) => sequence),
    );
    if (!gaps) throw unusableSource(route, `the events of blocks ${from} to ${to} and the counter do not agree`);
    for (const gap of gaps) {
      // Of numbers beyond what was counted when this was read, one says enough: there may be as many as providers like.
      for (let sequence = gap.from; sequence <= gap.to && sequence <= cursor.counter + 1n; sequence += 1n) {
        differences.push({ route: route.name, kind: "not_shown", sequence, height: to });
      }
    }
    differences.push(...compare(context, cursor, sightings, store.work.inBlocks(key, from, to)));
    counted = counter;
  }
  return differences;
}

function compare(
  context: RouteContext,
  cursor: Cursor,
  sightings: readonly Sighting[],
  storedThere: readonly StoredPacket[],
): Difference[] {
  const { route, store, key, clock } = context;
  const differences: Difference[] = [];
  const shown = new Set(sightings.map(({ sequence }) => sequence));
  for (const sighting of sightings) {
    const { sequence, block } = sighting;
    const contradiction = contradictionOf(cursor, sighting);
    if (contradiction !== undefined) {
      differences.push({ route: route.name, kind: "changed", sequence, height: block.height });
      stopRoute(context, undefined, contradiction);
      continue;
    }
    const before = store.packets.find(key, sequence);
    const { changed } = isElsewhere(cursor, before, sighting)
      ? { changed: [before] }
      : store.recordRange(key, observations(context, [sighting]), undefined, clock.now());
    if (!before) differences.push({ route: route.name, kind: "not_stored", sequence, height: block.height });
    for (const packet of changed) {
      differences.push({ route: route.name, kind: "changed", sequence, height: block.height });
      stopRoute(context, packet, "change below finality: it is in another block or has other content now");
    }
  }
  for (const packet of storedThere) {
    const { sequence, block } = packet.sighting;
    if (shown.has(sequence) || packet.state === "orphaned") continue;
    differences.push({ route: route.name, kind: "not_on_chain", sequence, height: block.height });
    stopRoute(context, packet, "change below finality: the chain does not show it any more");
  }
  return differences;
}

/**
 * Whether a packet that is not final yet is shown elsewhere than where it was read. Above the cursor packets move as blocks do;
 * behind it nothing does, and one that moved there could come into a block so old that it need not wait.
 */
function isElsewhere(cursor: Cursor, before: StoredPacket | undefined, sighting: Sighting): before is StoredPacket {
  if (before?.state !== "observed" || cursor.hash === undefined) return false;
  return before.sighting.block.height <= cursor.height && !isSamePlace(before, { sighting });
}
