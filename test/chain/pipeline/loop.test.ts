import { setTimeout as pause } from "node:timers/promises";
import { describe, expect, onTestFinished, test } from "vitest";
import { retryDelay } from "../../../chain/backOff.ts";
import { concurrently } from "../../../chain/concurrently.ts";
import { startLoop } from "../../../chain/pipeline/loop.ts";
import { systemClock } from "../../../shared/clock/index.ts";
import { createLogger } from "../../../shared/log/index.ts";
import { until } from "../support/until.ts";

function loopOf(run: () => Promise<number>) {
  const log: string[] = [];
  const logger = createLogger({ service: "test", level: "debug" }, { write: (line: string) => log.push(line) });
  const reports: (string | undefined)[] = [];
  const report = (fault: string | undefined) => reports.push(fault);
  const loop = startLoop({ name: "test", clock: systemClock, logger, report, run });
  onTestFinished(() => loop.stop());
  return { loop, log, reports };
}

describe("a loop", () => {
  test("runs again when it is woken, however long it wanted to sleep", async () => {
    let runs = 0;
    const { loop } = loopOf(async () => {
      runs += 1;
      return 3_600_000;
    });
    await until("the first run", () => runs === 1);
    loop.wake();
    await until("the second run", () => runs === 2);
  });

  test("does not lose a call that comes while it runs, and never runs twice at once", async () => {
    let [runs, running, most] = [0, 0, 0];
    const gate = Promise.withResolvers<void>();
    const { loop } = loopOf(async () => {
      running += 1;
      most = Math.max(most, running);
      runs += 1;
      if (runs === 1) await gate.promise;
      running -= 1;
      return 3_600_000;
    });
    loop.wake();
    loop.wake();
    gate.resolve();
    await until("a second run", () => runs === 2);
    expect(most).toBe(1);
  });

  test("goes on after a fault, which it reports and logs without the fault's message", async () => {
    let runs = 0;
    const { log, reports } = loopOf(async () => {
      runs += 1;
      if (runs === 1) throw new Error("https://secret.example/key");
      return 3_600_000;
    });
    await until("the report of the run after the fault", () => reports.length === 2);
    expect(reports).toEqual(["it failed (Error); the log has the details", undefined]);
    expect(log.join("")).toContain("a round of work failed");
    expect(log.join("")).not.toContain("secret.example");
  });

  test("stops only when its round is over", async () => {
    const gate = Promise.withResolvers<void>();
    const done: string[] = [];
    const { loop } = loopOf(async () => {
      await gate.promise;
      done.push("round");
      return 0;
    });
    const stopped = loop.stop().then(() => done.push("stopped"));
    await pause(20);
    expect(done).toEqual([]);
    gate.resolve();
    await stopped;
    expect(done).toEqual(["round", "stopped"]);
  });
});

describe("items at once", () => {
  test("are at most so many, and all are handled though one fails", async () => {
    let [running, most] = [0, 0];
    const handled: number[] = [];
    const work = concurrently([1, 2, 3, 4, 5, 6], 2, async (item) => {
      running += 1;
      most = Math.max(most, running);
      await pause(5);
      running -= 1;
      if (item === 2) throw new Error("two");
      handled.push(item);
    });
    await expect(work).rejects.toThrow("two");
    expect(handled.sort()).toEqual([1, 3, 4, 5, 6]);
    expect(most).toBe(2);
  });
});

test("tries grow apart up to a limit, spread by chance", () => {
  const growth = { first: 1_000, longest: 60_000 };
  expect([0, 1, 2, 5, 6, 500].map((failures) => retryDelay(growth, failures, 0))).toEqual([
    1_000, 2_000, 4_000, 32_000, 60_000, 60_000,
  ]);
  expect(retryDelay(growth, 0, 0.999)).toBeGreaterThanOrEqual(500);
  expect(retryDelay(growth, 500, 0.5)).toBe(45_000);
});
