import { bitsPerChunk } from "../generators.ts";
import { allocateIdentity, copy, type Engine } from "./engine.ts";
import { pointBytes } from "./fieldCode.ts";

/**
 * Of a group of three chunks only the sums in which the last chunk is not negative are computed: with all three signs turned
 * over a sum is its own negative.
 */
export const computedSums = 1 << (3 * bitsPerChunk - 1);

/** How much memory {@link groupSums} takes. */
export const groupSumsBytes = (3 + computedSums) * pointBytes;

/**
 * @returns a function that adds up each combination of three chunks, the first one in the lowest bits, given the addresses of
 * their addends, and gives the address of the points. The next call overwrites them.
 */
export function groupSums(engine: Engine): (addend: (chunk: 0 | 1 | 2, value: number) => number) => number {
  const none = allocateIdentity(engine);
  const [one, two] = [engine.allocate(pointBytes), engine.allocate(pointBytes)];
  const points = engine.allocate(computedSums * pointBytes);
  const addTo = (target: number, source: number, addend: number) => {
    copy(engine, target, source, pointBytes);
    engine.add(target, addend);
  };
  const [chunkValues, positiveValues] = [1 << bitsPerChunk, 1 << (bitsPerChunk - 1)];
  return (addend) => {
    for (let first = 0; first < chunkValues; first++) {
      addTo(one, none, addend(0, first));
      for (let second = 0; second < chunkValues; second++) {
        addTo(two, one, addend(1, second));
        for (let third = 0; third < positiveValues; third++) {
          const value = first | (second << bitsPerChunk) | (third << (2 * bitsPerChunk));
          addTo(points + value * pointBytes, two, addend(2, third));
        }
      }
    }
    return points;
  };
}
