import { expect, test } from "vitest";
import { timed } from "../../chain/timed.ts";

function watched<T extends object>(functions: T): { calls: number[]; timed: T } {
  const calls: number[] = [];
  return { calls, timed: timed(functions, { depth: 0, spent: (seconds) => calls.push(seconds) }) };
}

test("times what returns, what throws and what settles", async () => {
  const gate = Promise.withResolvers<number>();
  const { calls, timed: parts } = watched({
    name: "parts",
    add: (a: number, b: number) => a + b,
    fail(): never {
      throw new Error("no");
    },
    wait: () => gate.promise,
  });
  expect(parts.name).toBe("parts");
  expect(parts.add(1, 2)).toBe(3);
  expect(() => parts.fail()).toThrow("no");
  const waited = parts.wait();
  expect(calls).toHaveLength(2);
  gate.resolve(7);
  expect(await waited).toBe(7);
  expect(calls).toHaveLength(3);
  for (const seconds of calls) expect(seconds).toBeGreaterThanOrEqual(0);
});

test("counts a call within another once", () => {
  const inner = { change: () => 1 };
  const calls: number[] = [];
  const watch = { depth: 0, spent: (seconds: number) => calls.push(seconds) };
  const timedInner = timed(inner, watch);
  const outer = timed({ together: () => timedInner.change() + timedInner.change() }, watch);
  expect(outer.together()).toBe(2);
  expect(calls).toHaveLength(1);
});
