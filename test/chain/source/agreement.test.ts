import { array, check, constantFrom, integer, property, record } from "fast-check";
import { describe, expect, test } from "vitest";
import { agree, quorumHeights, type Said, sidesOf } from "../../../chain/source/agreement.ts";
import { askAll, gather } from "../../../chain/source/askAll.ts";

const says = (provider: string, text: string): Said<string> => ({ provider, value: text, text });
const fails = (provider: string): Said<string> => ({ provider, fault: "time-out" });

describe("a quorum of 2 of 3", () => {
  test.each<[string, readonly Said<string>[], number, string]>([
    ["agrees when all say the same", [says("a", "x"), says("b", "x"), says("c", "x")], 0, "agreed"],
    ["agrees when two do, whatever the third says", [says("a", "y"), says("b", "x"), says("c", "x")], 0, "agreed"],
    ["agrees before the third has answered", [says("b", "x"), says("c", "x")], 1, "agreed"],
    ["waits while the third can decide", [says("a", "x"), says("b", "y")], 1, "open"],
    ["waits for the first", [], 3, "open"],
    ["disagrees when all say something else", [says("a", "x"), says("b", "y"), says("c", "z")], 0, "disagreement"],
    [
      "disagrees when two differ and the third is silent",
      [says("a", "x"), says("b", "y"), fails("c")],
      0,
      "disagreement",
    ],
    ["is too few when one alone answers", [says("a", "x"), fails("b"), fails("c")], 0, "too_few"],
    ["is too few at once when two have failed", [fails("b"), fails("c")], 1, "too_few"],
    ["is too few when nobody answers", [fails("a"), fails("b"), fails("c")], 0, "too_few"],
  ])("%s", (_what, answers, pending, outcome) => {
    expect(agree(answers, 2, pending).outcome).toBe(outcome);
  });

  test("names the sides, the largest first", () => {
    const sides = sidesOf([says("a", "y"), says("b", "x"), fails("d"), says("c", "x")]);
    expect(sides.map(({ text, providers }) => [text, providers])).toEqual([
      ["x", ["b", "c"]],
      ["y", ["a"]],
    ]);
  });
});

test("fewer liars than the quorum never make their value the agreed one, in whatever order answers arrive", () => {
  const answers = array(record({ lies: constantFrom(true, false), kind: integer({ min: 0, max: 2 }) }), {
    minLength: 3,
    maxLength: 9,
  });
  const result = check(
    property(answers, (drawn) => {
      const quorum = Math.floor(drawn.length / 2) + 1;
      let liars = 0;
      const said = drawn.map(({ lies, kind }, index): Said<string> => {
        if (lies && liars < quorum - 1) {
          liars += 1;
          return kind === 0 ? fails(`${index}`) : says(`${index}`, `lie`);
        }
        return says(`${index}`, "truth");
      });
      const outcomes = said.map((_, index) => agree(said.slice(0, index + 1), quorum, said.length - index - 1));
      for (const outcome of outcomes) if (outcome.outcome === "agreed" && outcome.value !== "truth") return false;
      return drawn.length - liars < quorum || outcomes.at(-1)?.outcome === "agreed";
    }),
  );
  expect(result.failed, `seed ${result.seed}`).toBe(false);
});

describe("the height to ask for", () => {
  test.each<[string, number[], number, number[]]>([
    ["is the second highest of three", [100, 102, 101], 2, [101, 100]],
    ["is not a liar's that runs ahead", [100, 1_000_000, 100], 2, [100]],
    ["is not a liar's that lags", [100, 1, 100], 2, [100, 1]],
    ["is the lowest where only a quorum answers", [100, 99], 2, [99]],
    ["is none below the quorum", [100], 2, []],
    ["is the only provider's", [100], 1, [100]],
  ])("%s", (_what, claimed, quorum, heights) => {
    expect(quorumHeights(claimed, quorum)).toEqual(heights);
  });
});

describe("asking all", () => {
  const never = new Promise<Said<string>>(() => {});

  test("waits for nobody once it is decided", async () => {
    const { agreement } = askAll([Promise.resolve(says("a", "x")), never, Promise.resolve(says("c", "x"))], 2);
    expect((await agreement).result).toMatchObject({ outcome: "agreed", value: "x" });
  });

  test("fails as soon as no quorum is possible", async () => {
    const { agreement } = askAll([Promise.resolve(fails("a")), never, Promise.resolve(fails("c"))], 2);
    expect((await agreement).result.outcome).toBe("too_few");
  });

  test("passes on a fault of ours", async () => {
    const { agreement, all } = askAll([Promise.reject(new Error("bug")), Promise.resolve(says("b", "x"))], 2);
    await expect(agreement).rejects.toThrow("bug");
    await expect(all).rejects.toThrow("bug");
  });

  test("gathers those who are there in time and leaves out the rest", async () => {
    const silent = new Promise<number>(() => {});
    expect(await gather([Promise.resolve(1), silent, Promise.resolve(2)], 2, 1)).toEqual([1, 2]);
    expect(await gather([Promise.resolve(1), Promise.reject(new Error("down"))], 2, 60_000)).toEqual([1]);
  });
});
