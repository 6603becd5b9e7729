import { expect, test } from "vitest";
import { z } from "zod";
import { list, problemsOf } from "../../../shared/schema/index.ts";

const answer = z.object({ entries: list(z.object({ number: z.int().min(0).max(9) }), 3) });
const entries = (...numbers: unknown[]) => ({ entries: numbers.map((number) => ({ number })) });

test("reads every entry", () => {
  expect(problemsOf(answer, entries(1, 2, 3))).toEqual({
    value: { entries: [{ number: 1 }, { number: 2 }, { number: 3 }] },
  });
  expect(problemsOf(answer, entries())).toEqual({ value: { entries: [] } });
});

test("names the first entry that is wrong, and looks at none behind it", () => {
  const { problems } = problemsOf(answer, entries(1, -1, "x")) as { problems: unknown[] };
  expect(problems).toMatchObject([{ path: "entries.1.number" }]);
  let looked = 0;
  const counting = list(z.unknown().refine(() => ++looked < 0));
  expect(
    problemsOf(
      counting,
      Array.from({ length: 100_000 }, () => 0),
    ),
  ).toMatchObject({ problems: [{ path: "0" }] });
  expect(looked).toBe(1);
});

test.each<[string, unknown, string]>([
  ["no list", { entries: { length: 1 } }, "must be of type array"],
  ["nothing", {}, "is missing"],
  ["more entries than may be", entries(1, 2, 3, 4), "must not have more than 3 entries"],
])("%s is one problem", (_what, value, reason) => {
  expect(problemsOf(answer, value)).toEqual({ problems: [{ path: "entries", reason }] });
});

test("lists within lists are named by the whole way", () => {
  expect(problemsOf(list(list(z.int().min(0).max(9))), [[1], [2, 10]])).toMatchObject({ problems: [{ path: "1.1" }] });
});
