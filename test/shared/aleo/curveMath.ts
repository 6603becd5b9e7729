import { type AffinePoint, add, curveD, double, type ExtendedPoint, identity } from "../../../shared/aleo/curve.ts";
import { invert, reduce } from "../../../shared/aleo/field.ts";
import { squareRoot } from "../../../shared/aleo/squareRoot.ts";

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
