import { expect, test } from "vitest";
import { measureStore } from "./million.ts";

/** `npm run bench:chain` measures; here the limits are wide, because other tests run at the same time. */
test("a million packets cost a start, a query and the memory no more than a few thousand do", {
  timeout: 12 * 60_000,
}, () => {
  const small = measureStore(30_000);
  const large = measureStore(1_000_000);
  process.stdout.write(`${JSON.stringify({ small, large })}\n`);
  expect(large.packets).toBe(1_000_000);
  expect(large.megabytes).toBeGreaterThan(1_500);
  expect(large.startMs).toBeLessThan(10_000);
  expect(large.dueMs).toBeLessThan(20);
  expect(large.roundMs).toBeLessThan(60);
  expect(large.memoryMb - small.memoryMb).toBeLessThan(60);
});
