import { expect, test } from "vitest";
import { runBacklog } from "./backlog.ts";

test("50,000 packets that waited through an outage are attested with bounded memory, each with one content", {
  timeout: 15 * 60_000,
}, async () => {
  const report = await runBacklog({ packets: 50_000, heapMb: 160, deadlineSeconds: 13 * 60 });
  process.stdout.write(`${JSON.stringify(report)}\n`);
  expect(report.contradictions).toBe(0);
  expect(report.peakMemoryMb).toBeLessThan(450);
});
