import { writeFileSync } from "node:fs";
import path from "node:path";
import { expect, it } from "vitest";
import { type Child, lastLines, startChild } from "../../../cli/up/children.ts";
import { temporaryFolder } from "../../shared/temporaryFolder.ts";

function ended(logFile: string, script: string): Promise<Child> {
  const command = ["/bin/sh", "-c", script] as const;
  return new Promise((resolve) => startChild({ name: "part", command, logFile, essential: false }, resolve));
}

it("the report of a child's end has its last lines, and none that an earlier start wrote", async () => {
  const logFile = path.join(temporaryFolder(), "part.log");
  writeFileSync(logFile, "an earlier start\nstopped\n");
  const child = await ended(logFile, "echo one; echo two; echo three; exit 3");
  expect(child.ending()).toBe("exit code 3");
  expect(lastLines(child, 2)).toEqual(["two", "three"]);
  expect(lastLines(child, 5)).toEqual(["one", "two", "three"]);
  expect(lastLines(await ended(logFile, "exit 1"), 5)).toEqual([]);
});
