import { expect, test } from "vitest";
import { runBacklog } from "./backlog.ts";

test("packets that waited through an outage are attested and delivered, each with one content", {
  timeout: 180_000,
}, async () => {
  const report = await runBacklog({ packets: 250, heapMb: 160, deadlineSeconds: 150 });
  expect(report).toMatchObject({ packets: 250, contradictions: 0, repeated: 0 });
  for (const seconds of Object.values(report.work)) expect(seconds).toBeGreaterThan(0);
  expect(report.work.store).toBeLessThan(report.seconds);
});
