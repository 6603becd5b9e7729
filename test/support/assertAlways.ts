import fc from "fast-check";
import { chosenSeed } from "./random.ts";

/** Runs a property as often as told, and says how to repeat the run. */
export async function assertAlways(
  what: string,
  property: fc.IAsyncProperty<unknown> | fc.IProperty<unknown>,
  runs: number,
) {
  const seed = chosenSeed();
  console.log(`fuzzing of ${what}: seed ${seed}`);
  await fc.assert(property, { seed, numRuns: runs });
}
