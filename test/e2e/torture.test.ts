import { expect, it } from "vitest";
import { runTorture } from "../torture/runTorture.ts";

/** The short form of `npm run torture`, which runs as long as one likes. */
it("attests every packet exactly once and executes it, whatever is killed or cut when", {
  timeout: 300_000,
}, async () => {
  const { packets } = await runTorture(0.2);
  expect(packets).toBeGreaterThan(2);
});
