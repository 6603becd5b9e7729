/**
 * The modulus of Aleo's `field`: the order of BLS12-377's scalar field, over which the curve Edwards-BLS12 is defined.
 * 253 bits; the modulus less one is divisible by 2^47.
 */
export const fieldModulus = 8444461749428370424248824938781546531375899335154063827935233455917409239041n;

/** How many bits a field element takes. */
export const fieldBits = 253;

/** How many bits always fit into a field element. */
export const fieldDataBits = 252;

/** Whether the integer is an element in its one spelling, from 0 to below the modulus. */
export function isFieldElement(value: bigint): boolean {
  return value >= 0n && value < fieldModulus;
}

export function reduce(value: bigint): bigint {
  const rest = value % fieldModulus;
  return rest < 0n ? rest + fieldModulus : rest;
}

/** By Euclid's algorithm: its running time tells the value, which here is never a secret. */
export function invert(value: bigint): bigint {
  let [low, high] = [reduce(value), fieldModulus];
  let [lowFactor, highFactor] = [1n, 0n];
  while (low > 1n) {
    const quotient = high / low;
    [low, high] = [high - quotient * low, low];
    [lowFactor, highFactor] = [highFactor - quotient * lowFactor, lowFactor];
  }
  if (low === 0n) throw new RangeError("zero has no inverse");
  return reduce(lowFactor);
}

/** The inverses of many elements, none of them zero, for the price of one inversion (Montgomery's trick). */
export function invertAll(values: readonly bigint[]): bigint[] {
  const before: bigint[] = [];
  let product = 1n;
  for (const value of values) {
    before.push(product);
    product = reduce(product * value);
  }
  let rest = invert(product);
  const inverses: bigint[] = [];
  for (const [index, value] of [...values.entries()].reverse()) {
    inverses[index] = reduce(rest * (before[index] ?? 1n));
    rest = reduce(rest * value);
  }
  return inverses;
}

/** Whether the element is the square of one that is not zero: its Jacobi symbol, by quadratic reciprocity. */
export function isSquare(value: bigint): boolean {
  let [upper, lower, isPlus] = [reduce(value), fieldModulus, true];
  while (upper > 0n) {
    const zeros = trailingZeros(upper);
    upper >>= BigInt(zeros);
    const [upperRest, lowerRest] = [lowBits(upper, 2), lowBits(lower, 3)];
    if (zeros % 2 === 1 && (lowerRest === 3 || lowerRest === 5)) isPlus = !isPlus;
    if (upperRest === 3 && lowerRest % 4 === 3) isPlus = !isPlus;
    [upper, lower] = [lower % upper, upper];
  }
  return lower === 1n && isPlus;
}

function lowBits(value: bigint, count: number): number {
  return Number(BigInt.asUintN(count, value));
}

/** @param value above 0. */
function trailingZeros(value: bigint): number {
  const low = lowBits(value, 30);
  return low === 0 ? 30 + trailingZeros(value >> 30n) : 31 - Math.clz32(low & -low);
}
