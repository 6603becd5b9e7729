import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { atMostEvery } from "../../../chain/pipeline/atMostEvery.ts";

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

test("the first call goes through at once, one afterwards stands for all that came too early, none is lost", () => {
  const done: number[] = [];
  const call = atMostEvery(100, () => done.push(performance.now()));
  const began = performance.now();
  for (let calls = 0; calls < 1_000; calls += 1) call();
  expect(done).toHaveLength(1);
  vi.advanceTimersByTime(99);
  expect(done).toHaveLength(1);
  vi.advanceTimersByTime(1);
  expect(done.map((time) => time - began)).toEqual([0, 100]);
  vi.advanceTimersByTime(10_000);
  expect(done).toHaveLength(2);
  call();
  expect(done).toHaveLength(3);
});
