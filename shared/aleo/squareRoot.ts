import { fieldModulus, isSquare, reduce } from "./field.ts";

export function power(base: bigint, exponent: bigint): bigint {
  let [result, square] = [1n, reduce(base)];
  for (let rest = exponent; rest > 0n; rest >>= 1n) {
    if (rest & 1n) result = (result * square) % fieldModulus;
    square = (square * square) % fieldModulus;
  }
  return result;
}

/** The modulus less one is 2^47 times this. */
const [twoExponent, odd] = [47, (fieldModulus - 1n) >> 47n];

/** An element of order 2^47. */
const rootOfUnity = power(nonSquare(), odd);

/** One of the two square roots, by Tonelli and Shanks; undefined if there is none. */
export function squareRoot(value: bigint): bigint | undefined {
  if (reduce(value) === 0n) return 0n;
  if (!isSquare(value)) return undefined;
  const start = power(value, (odd - 1n) / 2n);
  let root = reduce(value * start);
  let rest = reduce(root * start);
  let [generator, exponent] = [rootOfUnity, twoExponent];
  while (rest !== 1n) {
    let [order, square] = [0, rest];
    for (; square !== 1n; order++) square = (square * square) % fieldModulus;
    for (let step = exponent - order - 1; step > 0; step--) generator = (generator * generator) % fieldModulus;
    root = (root * generator) % fieldModulus;
    generator = (generator * generator) % fieldModulus;
    rest = (rest * generator) % fieldModulus;
    exponent = order;
  }
  return root;
}

function nonSquare(): bigint {
  let candidate = 2n;
  while (isSquare(candidate)) candidate++;
  return candidate;
}
