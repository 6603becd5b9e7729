import { expect, test } from "vitest";
import { runBacklog } from "./backlog.ts";

/** Ends before the last of them, to keep to its time on a slow machine: `npm run bench:chain` goes to the end. */
test("50,000 packets that waited through an outage fit into bounded memory and are attested one after the other, each with one content", {
  timeout: 15 * 60_000,
}, async () => {
  const report = await runBacklog({ packets: 50_000, enough: 6_000, heapMb: 256, deadlineSeconds: 12 * 60 });
  process.stdout.write(`${JSON.stringify(report)}\n`);
  expect(report.delivered).toBeGreaterThanOrEqual(6_000);
  expect(report.contradictions).toBe(0);
  expect(report.peakMemoryMb).toBeLessThan(600);
});
