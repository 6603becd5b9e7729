import { writeFileSync } from "node:fs";
import path from "node:path";
import { expect, test } from "vitest";
import { readNetwork } from "../../../cli/up/network.ts";
import { refusal } from "../../shared/refusal.ts";
import { temporaryFolder } from "../../shared/temporaryFolder.ts";

test("a network whose record is spoilt says which file, and how to start over", () => {
  const file = path.join(temporaryFolder(), "network.json");
  writeFileSync(file, '{"format": 3, "ke');
  const { message } = refusal("setup_needed", () => readNetwork(file));
  expect(message).toBe(`${file} cannot be read (SyntaxError): start over with --reset.`);
  writeFileSync(file, '{"format": 1}');
  expect(readNetwork(file), "an earlier version's is made anew").toBeUndefined();
});
