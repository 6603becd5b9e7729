import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { describeGaps, gapsIn, missingCount } from "../../../chain/pipeline/gaps.ts";
import { firstHeight } from "../../../chain/pipeline/locate.ts";

describe("gaps between the contract's counter and what was seen", () => {
  test.each<[string, bigint, bigint, bigint[], { from: bigint; to: bigint }[] | undefined]>([
    ["nothing moved, nothing seen", 3n, 3n, [], []],
    ["all seen, in any order", 0n, 3n, [3n, 1n, 2n], []],
    ["the last one missing", 0n, 3n, [1n, 2n], [{ from: 3n, to: 3n }]],
    ["all missing", 4n, 7n, [], [{ from: 5n, to: 7n }]],
    [
      "some in the middle",
      0n,
      9n,
      [1n, 4n, 9n],
      [
        { from: 2n, to: 3n },
        { from: 5n, to: 8n },
      ],
    ],
    ["a number that is not counted yet", 0n, 2n, [1n, 2n, 3n], undefined],
    ["a number twice", 0n, 2n, [1n, 1n], undefined],
    ["a number that was counted before the range", 2n, 3n, [2n, 3n], undefined],
    ["a counter that went back", 5n, 4n, [], undefined],
  ])("%s", (_what, after, counter, seen, gaps) => {
    expect(gapsIn(after, counter, seen)).toEqual(gaps);
  });

  test("whatever is dropped is missing, and nothing else", () => {
    const seed = Date.now() % 1_000_000;
    fc.assert(
      fc.property(fc.bigInt(0n, 1_000n), fc.array(fc.boolean(), { maxLength: 60 }), (after, kept) => {
        const all = kept.map((_, index) => after + 1n + BigInt(index));
        const seen = all.filter((_, index) => kept[index]);
        const gaps = gapsIn(after, after + BigInt(all.length), seen) ?? [];
        const missing = gaps.flatMap(({ from, to }) =>
          Array.from({ length: Number(to - from) + 1 }, (_, index) => from + BigInt(index)),
        );
        expect(missing).toEqual(all.filter((number) => !seen.includes(number)));
        expect(missingCount(gaps)).toBe(BigInt(missing.length));
      }),
      { seed },
    );
  });
});

test("tells people what is missing, in bounded length", () => {
  expect(
    describeGaps([
      { from: 5n, to: 5n },
      { from: 7n, to: 9n },
    ]),
  ).toBe("5, 7 to 9");
  const many = Array.from({ length: 12 }, (_, index) => ({ from: BigInt(index * 2), to: BigInt(index * 2) }));
  expect(describeGaps(many)).toMatch(/, 18 and 2 more gaps$/);
});

describe("the height at which something is counted", () => {
  const from = (first: number) => async (height: number) => height >= first;
  test.each([
    [0, 0],
    [1, 1],
    [77, 77],
    [100, 100],
  ])("%i is found", async (first, found) => {
    expect(await firstHeight(from(first), -1, 100)).toBe(found);
  });

  test("takes few questions", async () => {
    let questions = 0;
    const counted = async (height: number) => {
      questions += 1;
      return height >= 123_456;
    };
    expect(await firstHeight(counted, 0, 1_000_000)).toBe(123_456);
    expect(questions).toBeLessThanOrEqual(20);
  });
});
