import { expect, it } from "vitest";
import { load } from "./load.ts";

interface File {
  readonly name: string;
  readonly startTime: number;
  readonly endTime: number;
}

const { againstBudget, slowestFiles } = await load<{
  againstBudget(seconds: number): string;
  slowestFiles(report: { readonly testResults: readonly File[] } | undefined, root: string): string[];
}>("testTimes.mjs");

const file = (name: string, seconds: number): File => ({ name, startTime: 5_000, endTime: 5_000 + seconds * 1_000 });

it("names the ten slowest files, the slowest first, from the project's folder on", () => {
  const testResults = Array.from({ length: 12 }, (_, index) => file(`/there/test/${index + 1}.test.ts`, index + 1));
  const lines = slowestFiles({ testResults }, "/there");
  expect(lines).toHaveLength(10);
  expect(lines[0]).toBe("   12.0 s  test/12.test.ts");
  expect(lines.at(-1)).toBe("    3.0 s  test/3.test.ts");
});

it("names nothing where vitest left no report", () => {
  expect(slowestFiles(undefined, "/there")).toEqual([]);
});

it("compares a run with what the checks may take", () => {
  expect(againstBudget(450)).toBe("450 s of the 600 s that the checks may take (75 %)");
});
