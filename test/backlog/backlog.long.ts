import { expect, test } from "vitest";
import { runBacklog } from "./backlog.ts";

const packets = 50_000;

/** What a garbage collector leaves differs from look to look; a backlog held in memory would be many times this. */
const allowedGrowth = 1.2;

test("50,000 packets that waited through an outage are all attested, each with one content, in memory that does not grow with them", {
  timeout: 28 * 60_000,
}, async () => {
  const report = await runBacklog({ packets, heapMb: 256, deadlineSeconds: 24 * 60 });
  process.stdout.write(`${JSON.stringify(report)}\n`);
  expect(report.delivered).toBe(packets);
  expect(report.contradictions).toBe(0);
  expect(report.peakMemoryMb).toBeLessThan(600);
  const median = (values: readonly number[]) => values.toSorted((a, b) => a - b)[values.length >> 1] ?? Number.NaN;
  const [early, late] = [report.memoryMb.slice(1, 4), report.memoryMb.slice(7)].map(median);
  expect(late).toBeLessThan((early ?? 0) * allowedGrowth);
});
