import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { FairTurns } from "../../hsm/fairTurns.ts";

/** Tasks that tell when they begin, and end when the test says so. */
function bench(atOnce: number | (() => number), longestWaitMs = 8_000) {
  const turns = new FairTurns(typeof atOnce === "number" ? () => atOnce : atOnce, longestWaitMs);
  const begun: string[] = [];
  const ends = new Map<string, () => void>();
  const ask = (owner: string, name: string) =>
    turns.take(owner, () => {
      begun.push(name);
      return new Promise<void>((resolve) => ends.set(name, resolve));
    });
  const end = async (name: string) => {
    ends.get(name)?.();
    for (let turn = 0; turn < 5; turn += 1) await Promise.resolve();
  };
  return { begun, ask, end };
}

describe("turns at a device", () => {
  it("go round between those who wait, and to each in the order in which it asked", async () => {
    const { begun, ask, end } = bench(1);
    for (const name of ["a1", "a2", "a3", "a4"]) void ask("a", name);
    for (const name of ["b1", "b2"]) void ask("b", name);
    void ask("c", "c1");
    for (const name of ["a1", "a2", "b1", "c1", "a3", "b2"]) await end(name);
    expect(begun).toEqual(["a1", "a2", "b1", "c1", "a3", "b2", "a4"]);
  });

  it("come at once to as many as may run", async () => {
    const { begun, ask, end } = bench(2);
    for (const name of ["a1", "a2", "a3"]) void ask("a", name);
    expect(begun).toEqual(["a1", "a2"]);
    await end("a2");
    expect(begun).toEqual(["a1", "a2", "a3"]);
    for (const name of ["a1", "a3"]) await end(name);
    void ask("a", "a4");
    void ask("a", "a5");
    expect(begun.slice(3)).toEqual(["a4", "a5"]);
  });

  it("come to more at a time, or to fewer, as the limit moves", async () => {
    let limit = 1;
    const { begun, ask, end } = bench(() => limit);
    for (const name of ["a1", "a2", "a3", "a4", "a5"]) void ask("a", name);
    limit = 3;
    await end("a1");
    expect(begun).toEqual(["a1", "a2", "a3", "a4"]);
    limit = 1;
    await end("a2");
    await end("a3");
    expect(begun).toEqual(["a1", "a2", "a3", "a4"]);
    await end("a4");
    expect(begun).toEqual(["a1", "a2", "a3", "a4", "a5"]);
  });

  it("pass on when a task fails", async () => {
    const turns = new FairTurns(() => 1, 8_000);
    const failing = turns.take("a", () => Promise.reject(new RangeError("no")));
    const next = turns.take("a", async () => "done");
    await expect(failing).rejects.toThrow("no");
    expect(await next).toBe("done");
  });

  describe("that do not come", () => {
    beforeEach(() => void vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] }));
    afterEach(() => void vi.useRealTimers());

    it("are given up in time, and by nobody else", async () => {
      const { begun, ask, end } = bench(1, 100);
      void ask("a", "a1");
      const late = ask("a", "a2");
      vi.advanceTimersByTime(60);
      void ask("b", "b1");
      vi.advanceTimersByTime(40);
      await expect(late).rejects.toMatchObject({ code: "overloaded", status: 503 });
      await end("a1");
      expect(begun).toEqual(["a1", "b1"]);
      expect(vi.getTimerCount()).toBe(0);
    });
  });
});
