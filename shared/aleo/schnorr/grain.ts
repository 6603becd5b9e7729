import { fieldBits } from "../field.ts";

/** What the constants of a Poseidon permutation are drawn for. */
export interface GrainSeed {
  /** Elements of the state. */
  readonly width: number;
  readonly fullRounds: number;
  readonly partialRounds: number;
}

const stateBits = 80;
/** The state moves through a ring of a power of 2 places. */
const ringMask = 127;
const discarded = 160;

/**
 * The Grain LFSR that Poseidon's constants come from (Grassi and others, "Poseidon", appendix F), for a prime field and an
 * S-box x^α.
 *
 * @returns a function that draws the next integer of 253 bits; not all are below the modulus.
 */
export function grain({ width, fullRounds, partialRounds }: GrainSeed): () => bigint {
  const ring = new Uint8Array(ringMask + 1);
  ring.set(
    [
      ...[bitsOf(1, 2), bitsOf(0, 4), bitsOf(fieldBits, 12), bitsOf(width, 12)],
      ...[bitsOf(fullRounds, 10), bitsOf(partialRounds, 10), bitsOf(2 ** 30 - 1, 30)],
    ].flat(),
  );
  let head = 0;
  const at = (place: number) => ring[(head + place) & ringMask] ?? 0;
  const step = () => {
    const bit = at(62) ^ at(51) ^ at(38) ^ at(23) ^ at(13) ^ at(0);
    ring[(head + stateBits) & ringMask] = bit;
    head += 1;
    return bit;
  };
  /** Of each pair of bits the second is taken if the first is 1. */
  const drawBit = () => {
    while (step() === 0) step();
    return step();
  };
  for (let index = 0; index < discarded; index++) step();
  return () => {
    let digits = "0b";
    for (let index = 0; index < fieldBits; index++) digits += drawBit();
    return BigInt(digits);
  };
}

/** The bits of an integer, the highest first. */
function bitsOf(value: number, width: number): number[] {
  return Array.from(value.toString(2).padStart(width, "0"), Number);
}
