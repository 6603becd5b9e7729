import { type AffinePoint, affineAll, extended } from "../../../shared/aleo/curve.ts";
import { isFieldElement } from "../../../shared/aleo/field.ts";
import { blake2Xs32 } from "./blake2Xs.ts";
import { multiply, pointsWithX } from "./curveMath.ts";

/**
 * snarkVM's hash-to-curve: of the hashes of `<label> in 0`, `<label> in 1` and so on the first that is an x-coordinate,
 * multiplied by the cofactor. The highest bit of the hash chooses the larger y.
 */
export function hashToCurve(label: string): { readonly point: AffinePoint; readonly tries: number } {
  for (let tries = 0; tries < 128; tries++) {
    const hash = blake2Xs32("AleoHtC0", Buffer.from(`${label} in ${tries}`));
    const number = hash.reduceRight((value, byte) => (value << 8n) | BigInt(byte), 0n);
    const x = BigInt.asUintN(253, number);
    const [smaller, larger] = isFieldElement(x) ? pointsWithX(x) : [];
    if (smaller === undefined || larger === undefined) continue;
    const [point] = affineAll([multiply(extended(number >> 255n ? larger : smaller), 4n)]);
    if (point !== undefined && point.x !== 0n) return { point, tries };
  }
  throw new Error(`no point for ${label}`);
}
