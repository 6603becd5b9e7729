import { expect, test } from "vitest";
import {
  type CannotTell,
  combineScreening,
  type Finding,
  type ScreeningSource,
} from "../../../chain/screening/index.ts";

const says = (name: string, answer: Partial<Finding> | CannotTell): ScreeningSource => ({
  name,
  screen: async () => ("cannotTell" in answer ? answer : { source: name, version: "1", result: "white", ...answer }),
  state: () => ({ name, version: "1", reason: undefined, ageMs: 0 }),
});
const white = says("list", { version: "2026-01" });
const flagged = says("oracle", { version: "block-7", result: "flagged" });
const silent = says("service", { cannotTell: "the service is down", retryAfterMs: 500 });
const quiet = says("other", { cannotTell: "the other is down" });

test("white takes all sources, and names each with its version", async () => {
  const answer = await combineScreening([white, says("oracle", { version: "block-9" })]).screen([]);
  expect(answer).toEqual({
    result: "white",
    source: "list+oracle",
    version: "2026-01+block-9",
    findings: [
      { source: "list", version: "2026-01", result: "white" },
      { source: "oracle", version: "block-9", result: "white" },
    ],
  });
});

test("one flag is enough, also where another source is white or can't tell", async () => {
  expect(await combineScreening([white, flagged]).screen([])).toMatchObject({ result: "flagged" });
  expect(await combineScreening([silent, flagged]).screen([])).toMatchObject({ result: "flagged", source: "oracle" });
});

test("one that can't tell keeps all others from saying white, and says when to ask again", async () => {
  expect(await combineScreening([white, silent, quiet]).screen([])).toEqual({
    cannotTell: "the service is down; the other is down",
    retryAfterMs: 500,
  });
});

test("versions that are too long for a verdict are named by the hash of the record", async () => {
  const long = [says("a", { version: "x".repeat(100) }), says("b", { version: "y".repeat(100) })];
  const answer = await combineScreening(long).screen([]);
  expect(answer).toMatchObject({ source: "a+b", version: expect.stringMatching(/^sha256:[0-9a-f]{64}$/) });
  expect("findings" in answer && answer.findings).toHaveLength(2);
});
