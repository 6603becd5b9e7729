import type { BlockRef, Sighting } from "../source/index.ts";
import type { Cursor } from "../store/index.ts";

/**
 * What a packet contradicts that was read of the chain before, or undefined. Providers that agree on a lie can show a packet in
 * any block, and a packet whose block is old need not wait; these are what such a lie cannot be brought in line with any more.
 *
 * @param cursor how far the chain has been read. Where it knows no block (at the very beginning, and after a person took a
 * change for true), there is nothing to contradict.
 */
export function contradictionOf(cursor: Cursor | undefined, { sequence, block }: Sighting): string | undefined {
  if (cursor?.hash === undefined) return undefined;
  if (block.height > cursor.height) return earlinessOf(cursor, block);
  if (sequence <= cursor.counter) return undefined;
  return (
    `change below finality: block ${block.height} shows packet ${sequence}; ` +
    `the contract had counted to ${cursor.counter} when block ${cursor.height} was read`
  );
}

/** A chain's time never goes back: a block behind the cursor is not older than the cursor's. */
export function earlinessOf({ height, timestamp }: Cursor, block: BlockRef): string | undefined {
  if (timestamp === undefined || block.timestamp >= timestamp) return undefined;
  return `block ${block.height} is dated before block ${height}, which is older`;
}

/**
 * The same from before: a block at the cursor or below is not younger than the cursor's was. Else a quorum could stand still and
 * look as if it did not, until what it invents in the blocks that it keeps back need not wait any more.
 */
export function latenessOf({ height, timestamp }: Cursor, block: BlockRef): string | undefined {
  if (timestamp === undefined || block.height > height || block.timestamp <= timestamp) return undefined;
  return `block ${block.height} is dated after block ${height} as that was read, which is no older`;
}
