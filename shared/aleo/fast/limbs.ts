import { fieldModulus, reduce } from "../field.ts";

/**
 * A field element as 9 limbs of 29 bits, the lowest first, each in 32 bits of memory. The sum of 9 products of two limbs
 * fits into 64 bits with room to spare, so sums and differences of elements are taken limb by limb, without carrying.
 */
export const limbCount = 9;
export const limbBits = 29;
export const limbMask = 2 ** limbBits - 1;
export const elementBytes = limbCount * 4;

/** Elements are kept multiplied by this, as Montgomery's multiplication wants them. */
const montgomeryRadix = 1n << BigInt(limbCount * limbBits);

export function limbsOf(value: bigint): Int32Array {
  return Int32Array.from({ length: limbCount }, (_, index) =>
    Number(BigInt.asUintN(limbBits, value >> BigInt(index * limbBits))),
  );
}

export function montgomeryLimbs(value: bigint): Int32Array {
  return limbsOf(reduce(value * montgomeryRadix));
}

export function valueOfLimbs(limbs: Int32Array): bigint {
  return limbs.reduceRight((value, limb) => (value << BigInt(limbBits)) + BigInt(limb), 0n);
}

export const modulusLimbs = limbsOf(fieldModulus);
