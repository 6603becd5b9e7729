import { expect, it } from "vitest";
import { runTorture } from "./runTorture.ts";

it("attests every packet exactly once and executes it in ten minutes of kills and cuts", {
  timeout: 17 * 60_000,
}, async () => {
  const { packets } = await runTorture(10);
  expect(packets).toBeGreaterThan(100);
});
