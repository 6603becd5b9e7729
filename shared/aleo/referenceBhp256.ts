import type { Bhp256 } from "./bhp256.ts";
import { type Bits, BitWriter, bitAt } from "./bits.ts";
import { chunkFactor, chunkMultiples } from "./chunkTable.ts";
import { add, affineAll, type ExtendedPoint, extended, identity, negate } from "./curve.ts";
import { fieldDataBits } from "./field.ts";
import { bitsPerChunk } from "./generators.ts";
import { blockBits, firstStart, nextStart } from "./preimage.ts";

/** BHP256 written for reading: what the fast one must equal. */
export function referenceBhp256(): Bhp256 {
  const table = chunkMultiples().map((multiples) =>
    Array.from({ length: 1 << bitsPerChunk }, (_, chunk) => {
      const { times, isNegative } = chunkFactor(chunk);
      const point = multiples[times - 1];
      if (point === undefined) throw new RangeError("no such multiple");
      return extended(isNegative ? negate(point) : point);
    }),
  );

  /** The sum over the chunks of `bits`; only the last chunk is filled up with zeros. */
  const sum = (bits: Bits): ExtendedPoint => {
    let point = identity;
    for (let chunk = 0; chunk * bitsPerChunk < bits.length; chunk++) {
      const at = chunk * bitsPerChunk;
      const value = bitAt(bits, at) | (bitAt(bits, at + 1) << 1) | (bitAt(bits, at + 2) << 2);
      point = add(point, table[chunk]?.[value] ?? identity);
    }
    return point;
  };

  return (bits) => {
    let start = firstStart(bits.length);
    let result = 0n;
    for (let at = 0; at < bits.length; at += blockBits) {
      const writer = new BitWriter();
      writer.writeBig(start, fieldDataBits);
      for (let index = at; index < Math.min(at + blockBits, bits.length); index++) writer.write(bitAt(bits, index), 1);
      result = affineAll([sum(writer.finish())])[0]?.x ?? 0n;
      start = nextStart(result);
    }
    return result;
  };
}
