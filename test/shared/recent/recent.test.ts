import { expect, it } from "vitest";
import { recent } from "../../../shared/recent/index.ts";

function counting(size: number) {
  const asked: string[] = [];
  const upper = recent(size, (key) => {
    asked.push(key);
    return key.toUpperCase();
  });
  return { asked, upper };
}

it("works an answer out once, as long as it is among the latest", () => {
  const { asked, upper } = counting(4);
  const keys = ["a", "a", "b", "a", "c", "d", "e", "c", "a"];
  expect(keys.map((key) => upper(key))).toEqual(keys.map((key) => key.toUpperCase()));
  expect(asked).toEqual(["a", "b", "c", "d", "e", "a"]);
});

it("keeps at least half as many answers as its size, and no more than that", () => {
  const { asked, upper } = counting(100);
  const keys = Array.from({ length: 1_000 }, (_, index) => `key ${index}`);
  for (const key of keys) upper(key);
  asked.length = 0;
  for (const key of keys.slice(-50)) upper(key);
  expect(asked).toEqual([]);
  for (const key of keys.slice(0, 900)) upper(key);
  expect(asked).toHaveLength(900);
});

it("keeps what is asked for again and again", () => {
  const { asked, upper } = counting(10);
  for (let index = 0; index < 100; index += 1) for (const key of ["often", `once ${index}`]) upper(key);
  expect(asked.filter((key) => key === "often")).toHaveLength(1);
});

it("does not work out what it was told", () => {
  const { asked, upper } = counting(4);
  upper.learn("a", "told");
  expect(upper("a")).toBe("told");
  expect(asked).toEqual([]);
});
