import { describe, expect, it } from "vitest";
import { createAhead } from "../../../hsm/keeper/ahead.ts";

/** A device that gives an answer every so many milliseconds, with `width` requests under way. */
async function signedBy(
  answers: number,
  { sessions, everyMs, width }: Record<"sessions" | "everyMs" | "width", number>,
) {
  let time = 1_000;
  const ahead = createAhead({ sessions, callDeadlineMs: 5_000, now: () => time });
  const underWay: (() => void)[] = [];
  const ask = () => {
    const { promise, resolve } = Promise.withResolvers<void>();
    underWay.push(resolve);
    return ahead.watch(() => promise);
  };
  const asked = Array.from({ length: width }, ask);
  for (let answer = 0; answer < answers; answer += 1) {
    time += everyMs;
    underWay.shift()?.();
    await asked.shift();
    asked.push(ask());
  }
  return ahead.requests();
}

const serial = { sessions: 64, everyMs: 75, width: 128 };

describe("the work ahead of a keeper", () => {
  it.each([
    ["one for each session before its first answer", 0, { sessions: 4, everyMs: 0.5, width: 8 }, 4],
    ["two for each session before its pace is known", 31, { sessions: 4, everyMs: 0.5, width: 8 }, 8],
    ["60 ms of a fast device", 100, { sessions: 8, everyMs: 0.5, width: 16 }, 120],
    ["60 ms of a device with many sessions", 100, { sessions: 16, everyMs: 5 / 16, width: 32 }, 192],
    ["two for a slow device, which are 150 ms", 100, { sessions: 1, everyMs: 75, width: 8 }, 2],
    ["no more than come to their turn in half the deadline, where many sessions wait for one device", 1, serial, 33],
    ["as few of a slow one whose pace is known well", 100, serial, 33],
    ["one of a device that takes longer than the deadline", 1, { sessions: 4, everyMs: 6_000, width: 4 }, 1],
    ["16 for each session of one that takes no time", 100, { sessions: 2, everyMs: 0, width: 4 }, 32],
  ])("is %s", async (_what, answers, device, expected) => {
    expect(await signedBy(answers, device)).toBe(expected);
  });

  it("learns nothing from a device that is asked now and then", async () => {
    expect(await signedBy(1_000, { sessions: 4, everyMs: 0.01, width: 1 })).toBe(4);
  });

  it("learns nothing from requests that fail, however fast they do", async () => {
    const ahead = createAhead({ sessions: 1, callDeadlineMs: 5_000, now: () => 0 });
    const fail = () => expect(ahead.watch(() => Promise.reject(new RangeError("no")))).rejects.toThrow("no");
    await Promise.all(Array.from({ length: 100 }, fail));
    expect(ahead.requests()).toBe(1);
  });
});
