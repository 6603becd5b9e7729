import { type AffinePoint, add, curveD, double, type ExtendedPoint, identity } from "../../../shared/aleo/curve.ts";
import { fieldModulus, invert, isSquare, reduce } from "../../../shared/aleo/field.ts";

export function power(base: bigint, exponent: bigint): bigint {
  let [result, square] = [1n, reduce(base)];
  for (let rest = exponent; rest > 0n; rest >>= 1n) {
    if (rest & 1n) result = reduce(result * square);
    square = reduce(square * square);
  }
  return result;
}

/** The point added to itself that many times. */
export function multiply(point: ExtendedPoint, times: bigint): ExtendedPoint {
  let [result, power2] = [identity, point];
  for (let rest = times; rest > 0n; rest >>= 1n) {
    if (rest & 1n) result = add(result, power2);
    power2 = double(power2);
  }
  return result;
}

export function isOnCurve({ x, y }: AffinePoint): boolean {
  return reduce(y * y - x * x - 1n - curveD * x * x * y * y) === 0n;
}

/** Both points with that x, the one with the smaller y first, or nothing. */
export function pointsWithX(x: bigint): AffinePoint[] {
  const square = reduce((1n + x * x) * invert(1n - curveD * x * x));
  const y = squareRoot(square);
  if (y === undefined) return [];
  return [y, reduce(-y)].sort((a, b) => (a < b ? -1 : 1)).map((root) => ({ x, y: root }));
}

/** By Tonelli and Shanks. */
function squareRoot(value: bigint): bigint | undefined {
  if (value === 0n) return 0n;
  if (!isSquare(value)) return undefined;
  const odd = (fieldModulus - 1n) >> 47n;
  let [root, rest, exponent] = [power(value, (odd + 1n) / 2n), power(value, odd), 47];
  let generator = power(nonSquare(), odd);
  while (rest !== 1n) {
    let [order, square] = [0, rest];
    for (; square !== 1n; order++) square = reduce(square * square);
    const factor = power(generator, 1n << BigInt(exponent - order - 1));
    generator = reduce(factor * factor);
    [root, rest, exponent] = [reduce(root * factor), reduce(rest * generator), order];
  }
  return root;
}

function nonSquare(): bigint {
  let candidate = 2n;
  while (isSquare(candidate)) candidate++;
  return candidate;
}
