import { expect, it } from "vitest";
import { markdownReport } from "./markdown.ts";

it("prints the tables of docs/performance.md", () => {
  const text = markdownReport({
    machine: { model: "Some CPU", cores: 2, node: "v24", load: 0.25 },
    rows: [
      { part: "raw", what: "1 thread", perSecond: 2_308.4, medianMs: 0.414, cpu: { program: 519.6 } },
      { part: "75 ms", what: "one", perSecond: 13.31, medianMs: 600, cpu: { daemon: 1_234, keeper: 20 } },
    ],
    parts: { digest: 30, rules: 10 },
    targets: [{ what: "batches", wanted: ">= 0.60", found: "0.61", met: true }],
  });
  expect(text.split("\n")).toEqual([
    "Machine: Some CPU, 2 cores, Node.js v24, a load of 0.3 before the run.",
    "",
    "| part | what | per second | median ms | CPU µs each |",
    "| --- | --- | --- | --- | --- |",
    "| raw | 1 thread | 2,308 | 0.41 | 520 program |",
    "| 75 ms | one | 13.3 | 600.00 | 1,234 daemon, 20 keeper |",
    "",
    "| part of the daemon's main thread | µs each | share |",
    "| --- | --- | --- |",
    "| digest | 30 | 75 % |",
    "| rules | 10 | 25 % |",
    "",
    "| target | wanted | found |  |",
    "| --- | --- | --- | --- |",
    "| batches | >= 0.60 | 0.61 | met |",
    "",
    "",
  ]);
});
