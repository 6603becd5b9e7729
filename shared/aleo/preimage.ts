import { fieldDataBits } from "./field.ts";
import { bitsPerChunk, chunkCount } from "./generators.ts";

/** Input bits that an iteration takes, beside the {@link fieldDataBits} bits that it starts with. */
export const blockBits = chunkCount * bitsPerChunk - fieldDataBits;

const lengthBits = 64;

/**
 * What the first iteration starts with, where later ones have the result so far: the domain `AleoBHP256`, its bits padded
 * with zeros and turned round, and the number of the input's bits.
 */
export function firstStart(inputLength: number): bigint {
  if (inputLength === 0) throw new RangeError("BHP256 has no hash of nothing");
  return domain | (BigInt(inputLength) << BigInt(fieldDataBits - lengthBits));
}

/** What an iteration starts with when the ones before gave this. */
export function nextStart(result: bigint): bigint {
  return BigInt.asUintN(fieldDataBits, result);
}

const domain = reversedDomain();

function reversedDomain(): bigint {
  const codes = Array.from("AleoBHP256", (letter) => letter.charCodeAt(0));
  const value = codes.reduceRight((rest, code) => (rest << 8n) | BigInt(code), 0n);
  const bits = value.toString(2).padStart(fieldDataBits - lengthBits, "0");
  return BigInt(`0b${[...bits].reverse().join("")}`);
}
