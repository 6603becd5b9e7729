import { AttestorError } from "../../shared/errors/index.ts";
import type { Sighting } from "../source/index.ts";
import { describeGaps, type Gap } from "./gaps.ts";
import { firstHeight } from "./locate.ts";
import type { RouteContext } from "./routeContext.ts";

/** Most missing packets that are looked for in one round; each costs about ten questions. */
const mostSearched = 16;

/**
 * Looks for each packet of a gap in the one block in which the contract's counter reached its number: providers that cut
 * long lists of events short show it there. What is not found stays a gap.
 *
 * @param range the blocks in which the contract counted them.
 */
export async function searchGaps(
  { route, source, logger }: RouteContext,
  gaps: readonly Gap[],
  range: { readonly from: number; readonly to: number },
): Promise<Sighting[]> {
  logger.warn({ route: route.name, missing: describeGaps(gaps), ...range }, "packets are missing: looking for each");
  const found = new Map<bigint, Sighting>();
  try {
    for (const sequence of firstOf(gaps, mostSearched)) {
      if (found.has(sequence)) continue;
      const counted = async (height: number) => (await source.counterAt(height)) >= sequence;
      const height = await firstHeight(counted, range.from - 1, range.to);
      for (const sighting of await source.dispatchedIn(height, height)) {
        const isMissing = gaps.some(({ from, to }) => sighting.sequence >= from && sighting.sequence <= to);
        if (isMissing) found.set(sighting.sequence, sighting);
      }
    }
  } catch (error) {
    // The gap is reported in any case, and the next round looks again.
    if (!(error instanceof AttestorError)) throw error;
    logger.warn({ route: route.name, reason: error.message }, "could not look for missing packets");
  }
  return [...found.values()];
}

function* firstOf(gaps: readonly Gap[], most: number): Iterable<bigint> {
  let left = most;
  for (const { from, to } of gaps) {
    for (let sequence = from; sequence <= to && left > 0; sequence += 1n, left -= 1) yield sequence;
  }
}
