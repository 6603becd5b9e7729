import { chunkFactor, chunkMultiples } from "../chunkTable.ts";
import { type AffinePoint, curveD, negate } from "../curve.ts";
import { invert } from "../field.ts";
import { bitsPerChunk, chunkCount } from "../generators.ts";
import { addendWriter, addendWriterBytes } from "./addendWriter.ts";
import type { Engine } from "./engine.ts";
import { addendBytes } from "./fieldCode.ts";
import { groupSums, groupSumsBytes } from "./groupSums.ts";
import { montgomeryLimbs } from "./limbs.ts";

/** How many chunks one addition takes at once: with 4 the tables would outgrow the processor's caches. */
export const chunksPerGroup = 3;
export const groupBits = chunksPerGroup * bitsPerChunk;
const groupCount = chunkCount / chunksPerGroup;

/** Addresses of what is added for a chunk, and for a group of chunks, of each value. */
export interface Tables {
  chunk(index: number, value: number): number;
  group(index: number, value: number): number;
}

const chunkTableBytes = (chunkCount << bitsPerChunk) * addendBytes;
const groupTableBytes = (groupCount << groupBits) * addendBytes;

/** How much memory {@link buildTables} takes. */
export const tableBytes = chunkTableBytes + groupTableBytes + groupSumsBytes + addendWriterBytes;

export function buildTables(engine: Engine): Tables {
  const chunks = engine.allocate(chunkTableBytes);
  const groups = engine.allocate(groupTableBytes);
  const tables: Tables = {
    chunk: (index, value) => chunks + ((index << bitsPerChunk) + value) * addendBytes,
    group: (index, value) => groups + ((index << groupBits) + value) * addendBytes,
  };
  for (const [index, multiples] of chunkMultiples().entries()) {
    for (let value = 0; value < 1 << bitsPerChunk; value++) {
      engine.memory.set(addend(multiples, value), tables.chunk(index, value) / 4);
    }
  }
  const sumsOf = groupSums(engine);
  const writeAddends = addendWriter(engine);
  for (let group = 0; group < groupCount; group++) {
    const points = sumsOf((chunk, value) => tables.chunk(chunksPerGroup * group + chunk, value));
    writeAddends(points, (value) => tables.group(group, value));
  }
  return tables;
}

const half = invert(2n);

function addend(multiples: readonly AffinePoint[], value: number): number[] {
  const { times, isNegative } = chunkFactor(value);
  const point = multiples[times - 1];
  if (point === undefined) throw new RangeError("no such multiple");
  const { x, y } = isNegative ? negate(point) : point;
  return [half * (y + x), half * (y - x), curveD * x * y].flatMap((part) => [...montgomeryLimbs(part)]);
}
