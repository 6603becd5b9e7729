import { type AffinePoint, add, affineAll, double, type ExtendedPoint, extended } from "./curve.ts";
import { bitsPerChunk, chunksPerWindow, windowGenerators } from "./generators.ts";

/**
 * For each of the 171 chunks its point times 1, 2, 3 and 4. The point is the window's generator, times 16 for each chunk
 * that comes before it there.
 */
export function chunkMultiples(): AffinePoint[][] {
  const points: ExtendedPoint[] = [];
  for (const generator of windowGenerators) {
    let once = extended(generator);
    for (let chunk = 0; chunk < chunksPerWindow; chunk++) {
      const twice = double(once);
      const fourTimes = double(twice);
      points.push(once, twice, add(twice, once), fourTimes);
      once = double(double(fourTimes));
    }
  }
  const multiples = affineAll(points);
  return Array.from({ length: points.length / 4 }, (_, chunk) => multiples.slice(4 * chunk, 4 * chunk + 4));
}

/** What a chunk of 3 bits, the first one lowest, multiplies its point with: 1 to 4 by two bits, the sign by the third. */
export function chunkFactor(chunk: number): { readonly times: number; readonly isNegative: boolean } {
  return { times: 1 + (chunk & 3), isNegative: chunk >> (bitsPerChunk - 1) === 1 };
}
