import { expect, it } from "vitest";
import { recent } from "../../../shared/recent/index.ts";

it("works an answer out once, as long as it is among the latest", () => {
  const asked: string[] = [];
  const upper = recent(2, (key) => {
    asked.push(key);
    return key.toUpperCase();
  });
  expect(["a", "a", "b", "a", "c", "b", "a"].map(upper)).toEqual(["A", "A", "B", "A", "C", "B", "A"]);
  expect(asked).toEqual(["a", "b", "c", "a"]);
});
