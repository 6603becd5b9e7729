import { expect, test } from "vitest";
import { watchClock } from "../../../chain/pipeline/watchClock.ts";
import { rememberingClock } from "../../../chain/rememberingClock.ts";
import { createLogger } from "../../../shared/log/index.ts";

function watched() {
  const time = { ms: 1_000_000 };
  const tried: number[] = [];
  const clock = rememberingClock({ now: () => time.ms, sleep: async () => {} });
  const logger = createLogger({ service: "chain", level: "error" }, { write: () => {} });
  const look = watchClock({ clock, store: { tryAllNow: (now) => void tried.push(now) }, logger });
  return { time, tried, clock, look };
}

test("a clock that is put back lets everything be tried now, once", () => {
  const { time, tried, look } = watched();
  expect(look()).toBe(false);
  time.ms += 60_000;
  expect(look()).toBe(false);
  time.ms -= 30_000;
  expect(look()).toBe(true);
  expect(look()).toBe(false);
  expect(tried).toEqual([1_030_000]);
});

test("so does one that was put forward and back between two looks, if anybody read it meanwhile", () => {
  const { time, tried, clock, look } = watched();
  look();
  time.ms += 7_200_000;
  clock.now(); // a next try was set by it
  time.ms -= 3_600_000;
  expect(look()).toBe(true);
  expect(tried).toEqual([4_600_000]);
});

test("corrections of a second are everyday", () => {
  const { time, tried, look } = watched();
  look();
  time.ms -= 1_500;
  expect(look()).toBe(false);
  expect(tried).toEqual([]);
});
