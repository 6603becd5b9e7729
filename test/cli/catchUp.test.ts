import { describe, expect, it } from "vitest";
import { createCatchUp, timeText } from "../../cli/operate/catchUp.ts";
import type { StatusAnswer } from "../../cli/operate/describeStatus.ts";

function statusOf(unreadBlocks: number | null, packets: Record<string, number> = {}): StatusAnswer {
  const route = { name: "a-to-b", ready: true, stopped: null, scannedHeight: 1, counter: "1", gaps: [] };
  return {
    ready: true,
    reasons: [],
    chains: [],
    routes: [{ ...route, unreadBlocks, packets, oldestUnattestedSeconds: null }],
    screening: [],
    signer: { healthy: true, reasons: [] },
    collectors: [],
  };
}

describe("the progress of a catch-up", () => {
  it("says nothing of a route that follows", () => {
    const catchUp = createCatchUp();
    expect(catchUp.note("one", statusOf(20, { due: 2, screened: 3, final: 900, held: 50 }), 0)).toEqual([]);
    expect(catchUp.note("one", statusOf(null), 0)).toEqual([]);
  });

  it("tells what is left, how fast it goes, and for how long", () => {
    const catchUp = createCatchUp();
    expect(catchUp.note("one", statusOf(12_000), 0)).toEqual([
      "catching up on a-to-b: 12000 blocks to read, rate not known yet",
    ]);
    expect(catchUp.note("one", statusOf(8_000, { due: 300 }), 10_000)).toEqual([
      "catching up on a-to-b: 8000 blocks to read, 400 a second, about 20 s left",
      "catching up on a-to-b: 300 packets to attest, getting no fewer",
    ]);
    expect(catchUp.note("one", statusOf(0, { due: 295 }), 20_000)).toEqual([
      "catching up on a-to-b: 295 packets to attest, getting no fewer",
    ]);
  });

  it("goes by the last minute, not by what was long ago", () => {
    const catchUp = createCatchUp();
    catchUp.note("one", statusOf(1_000_000), 0);
    catchUp.note("one", statusOf(1_000), 100_000);
    expect(catchUp.note("one", statusOf(940), 130_000)).toEqual([
      "catching up on a-to-b: 940 blocks to read, 2.0 a second, about 7 min 50 s left",
    ]);
  });

  it("keeps services apart", () => {
    const catchUp = createCatchUp();
    catchUp.note("one", statusOf(1_000), 0);
    expect(catchUp.note("two", statusOf(500), 1_000)).toEqual([
      "catching up on a-to-b: 500 blocks to read, rate not known yet",
    ]);
  });
});

it.each([
  [0.2, "1 s"],
  [59, "59 s"],
  [61, "1 min 1 s"],
  [7_260, "2 h 1 min"],
])("%s seconds are %s", (seconds, text) => {
  expect(timeText(seconds)).toBe(text);
});
