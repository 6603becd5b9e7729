import {
  type AffinePoint,
  add,
  affineAll,
  curveD,
  double,
  type ExtendedPoint,
  extended,
  identity,
  isSubgroupX,
} from "../curve.ts";
import { fieldModulus, invert, reduce } from "../field.ts";
import { power, squareRoot } from "../squareRoot.ts";

/** snarkVM's hash-to-curve of `AleoAccountEncryptionAndSignatureScheme0`. A test derives it again. */
export const generator: AffinePoint = {
  x: 522678458525321116977504528531602186870683848189190546523208313015552693483n,
  y: 4625467284263880392848236339834904393692054417272076479096796531274999498606n,
};

const windowBits = 4n;
const windowCount = 63; // 252 bits, and the group's order has 251
const digitMask = (1n << windowBits) - 1n;

let table: readonly (readonly ExtendedPoint[])[] | undefined;

/** The generator added to itself that many times, from 0 to below the group's order. */
export function multiplyGenerator(times: bigint): ExtendedPoint {
  table ??= generatorTable();
  let sum = identity;
  let rest = times;
  for (const multiples of table) {
    sum = add(sum, multiples[Number(rest & digitMask)] ?? identity);
    rest >>= windowBits;
  }
  return sum;
}

/** A point added to itself that many times. */
export function multiply(point: ExtendedPoint, times: bigint): ExtendedPoint {
  const multiples = multiplesOf(point);
  let sum = identity;
  for (const digit of times.toString(16)) {
    for (let doubling = 0; doubling < windowBits; doubling++) sum = double(sum);
    sum = add(sum, multiples[Number.parseInt(digit, 16)] ?? identity);
  }
  return sum;
}

export function xOf(point: ExtendedPoint): bigint {
  return affineAll([point])[0]?.x ?? 0n;
}

const oneQuarter = (fieldModulus - 1n) / 4n;
const rootOfMinusOne = squareRoot(-1n) ?? 0n;

/**
 * The point of the subgroup with that x-coordinate; undefined if there is none.
 *
 * Of the two points with an x of the subgroup, (x, y) and (x, −y), one is in it and the other is 2r-torsion with r the group's
 * order. What tells them apart is the reduced Tate pairing with the point T = (1, i), i² = −1, of order 4 on the curve's
 * Montgomery form Bv² = u³ + Au² + u, B = −4/3022: it is 1 exactly for 4 times some point, and that is the subgroup. The
 * tangent at T goes through (0, 0) = 2T, so its function is (v − iu)² / (Bu); with u = (1 + y)/(1 − y) and v = u/x that is
 * u (1 − ix)² / (Bx²). One exponentiation takes the place of a multiplication with the group's order; a test compares them.
 */
export function subgroupPoint(x: bigint): ExtendedPoint | undefined {
  if (!isSubgroupX(x)) return undefined;
  if (x === 0n) return identity;
  const square = x * x;
  const y = squareRoot((1n + square) * invert(1n - curveD * square));
  if (y === undefined) return undefined;
  return extended({ x, y: isFourfold({ x, y }) ? y : fieldModulus - y });
}

function isFourfold({ x, y }: AffinePoint): boolean {
  const factor = reduce(1n - rootOfMinusOne * x);
  const numerator = reduce((curveD + 1n) * (1n + y) * factor * factor);
  const denominator = reduce(-4n * (1n - y) * x * x);
  // a quotient has the character of the product with the divisor's cube
  return power(numerator * denominator ** 3n, oneQuarter) === 1n;
}

function generatorTable(): ExtendedPoint[][] {
  const multiples: ExtendedPoint[][] = [];
  let once = extended(generator);
  for (let index = 0; index < windowCount; index++) {
    const row = multiplesOf(once);
    multiples.push(row);
    once = double(row[8] ?? identity);
  }
  return multiples;
}

/** The point times 0 to 15. */
function multiplesOf(point: ExtendedPoint): ExtendedPoint[] {
  const multiples = [identity];
  for (let times = 1; times < 1 << Number(windowBits); times++) {
    multiples.push(add(multiples[times - 1] ?? identity, point));
  }
  return multiples;
}
