import { fieldModulus, invertAll, isFieldElement, isSquare, reduce } from "./field.ts";

/** Edwards-BLS12 is −x² + y² = 1 + 3021 x² y², with 4 times as many points as {@link subgroupOrder}. */
export const curveD = 3021n;

/** The order of the group that Aleo works in, which is also the modulus of its `scalar`. */
export const subgroupOrder = 2111115437357092606062206234695386632838870926408408195193685246394721360383n;

export interface AffinePoint {
  readonly x: bigint;
  readonly y: bigint;
}

/** The point (x/z, y/z), with t = xy/z. */
export interface ExtendedPoint extends AffinePoint {
  readonly z: bigint;
  readonly t: bigint;
}

export const identity: ExtendedPoint = { x: 0n, y: 1n, z: 1n, t: 0n };

export function extended({ x, y }: AffinePoint): ExtendedPoint {
  return { x, y, z: 1n, t: (x * y) % fieldModulus };
}

/** Hisil, Wong, Carter and Dawson, "Twisted Edwards Curves Revisited", §3.1: no pair of points is an exception. */
export function add(p: ExtendedPoint, q: ExtendedPoint): ExtendedPoint {
  const a = reduce((p.y - p.x) * (q.y - q.x));
  const b = reduce((p.y + p.x) * (q.y + q.x));
  const c = reduce(2n * curveD * p.t * q.t);
  const d = reduce(2n * p.z * q.z);
  const [e, f, g, h] = [b - a, d - c, d + c, b + a];
  return { x: reduce(e * f), y: reduce(g * h), z: reduce(f * g), t: reduce(e * h) };
}

export function double(p: ExtendedPoint): ExtendedPoint {
  return add(p, p);
}

export function negate({ x, y }: AffinePoint): AffinePoint {
  return { x: reduce(-x), y };
}

export function affineAll(points: readonly ExtendedPoint[]): AffinePoint[] {
  const inverses = invertAll(points.map(({ z }) => z));
  return points.map(({ x, y }, index) => {
    const inverse = inverses[index] ?? 0n;
    return { x: reduce(x * inverse), y: reduce(y * inverse) };
  });
}

/**
 * Whether the integer is the x-coordinate of a point of the subgroup, which is what Aleo calls a `group` and what its
 * addresses hold. Two square tests take the place of finding y and multiplying by {@link subgroupOrder}:
 *
 * - From the curve's equation y² = (1 + x²) / (1 − 3021x²), so a point with this x exists when numerator and denominator
 *   are both squares or both not.
 * - The whole group is cyclic of order 4r with r odd, and (x, −y) = (0, −1) − (x, y), where (0, −1) is the point of
 *   order 2. So x or its twin is in the subgroup when (x, y) is twice some point. By 2-descent on the curve's Montgomery
 *   form Bv² = u³ + Au² + u, B = 4/(−1 − 3021), that is when Bu is a square, with u = (1 + y)/(1 − y), which has the
 *   character of 1 − y² = −3022x² / (1 − 3021x²). −1 is a square here, so what is left is the denominator.
 */
export function isSubgroupX(x: bigint): boolean {
  if (!isFieldElement(x)) return false;
  const square = x * x;
  return isSquare(1n + square) && isSquare(1n - curveD * square);
}
