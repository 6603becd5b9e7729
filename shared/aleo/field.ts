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

export function power(base: bigint, exponent: bigint): bigint {
  let [result, square] = [1n, reduce(base)];
  for (let rest = exponent; rest > 0n; rest >>= 1n) {
    if (rest & 1n) result = (result * square) % fieldModulus;
    square = (square * square) % fieldModulus;
  }
  return result;
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

/** Whether the element is the square of one that is not zero (Euler's criterion). */
export function isSquare(value: bigint): boolean {
  return power(value, (fieldModulus - 1n) / 2n) === 1n;
}
