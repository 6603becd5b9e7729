import { writeFileSync } from "node:fs";
import path from "node:path";
import { describe, expect, it } from "vitest";
import { exportHistory } from "../../../signer/ledger/index.ts";
import { importLedger } from "../../../signer/ledger/offline.ts";
import { addresses, sampleRequest } from "../samples.ts";
import { type Bench, day, gateBench, hour } from "./bench.ts";

const limits = { perToken: [{ token: addresses.token, window: 10n, windowLength: day }] };
const reserved = { state: "reserved" };
const full = { outcome: "held", rule: "value_window", reason: "window" };

const ask = (bench: Bench, sequence: bigint, amount: bigint, verdict: "white" | "flagged" = "white") =>
  bench.ask(sampleRequest({ sequence, message: { amount } }, verdict));

/** Takes the history of one ledger over into another one, as `attestor ledger import` does with the signer stopped. */
async function importInto(bench: Bench, from: Bench, minimal = false) {
  const file = path.join(bench.folder, "history.json");
  const pieces = from.state.read((database) => [...exportHistory(database, { minimal, nowMs: from.clock.wall })]);
  writeFileSync(file, pieces.join(""));
  bench.state.close();
  const clock = { now: () => bench.clock.wall, sleep: () => Promise.resolve() };
  const result = await importLedger(path.join(bench.folder, "ledger.sqlite"), file, clock);
  bench.restart();
  return result;
}

/** A ledger that has reserved 7 of 10 white an hour ago, and another one at the same time. */
async function activeAndStandby() {
  const [active, standby] = [gateBench({ limits }), gateBench({ limits })];
  expect(await ask(active, 1n, 7n)).toEqual(reserved);
  expect(await ask(active, 2n, 5n, "flagged")).toEqual(reserved);
  for (const { clock } of [active, standby]) clock.pass(hour);
  return { active, standby };
}

describe("what another ledger reserved", () => {
  it("counts in the window from the moment when it was reserved there", async () => {
    const { active, standby } = await activeAndStandby();
    await importInto(standby, active);
    expect(await ask(standby, 3n, 4n)).toMatchObject({ ...full, inputs: { spent: "7" } });
    expect(await ask(standby, 4n, 3n)).toEqual(reserved);
    standby.clock.pass(23 * hour - 1);
    expect(await ask(standby, 3n, 4n)).toMatchObject({ ...full, inputs: { spent: "10" } });
    standby.clock.pass(1);
    expect(await ask(standby, 3n, 4n)).toEqual(reserved);
  });

  it("counts beside what this one reserved, and once, however often its history is imported", async () => {
    const { active, standby } = await activeAndStandby();
    expect(await ask(standby, 5n, 1n)).toEqual(reserved);
    for (const _ of [1, 2]) await importInto(standby, active);
    expect(await ask(standby, 3n, 3n)).toMatchObject({ ...full, inputs: { spent: "8" } });
    expect(await ask(standby, 4n, 2n)).toEqual(reserved);
  });

  it("counts as reserved now where the other clock was ahead, and never makes the window roomier", async () => {
    const { active, standby } = await activeAndStandby();
    standby.clock.wall -= 12 * hour;
    await importInto(standby, active);
    expect(await ask(standby, 3n, 4n)).toMatchObject(full);
    standby.clock.pass(day - 1);
    expect(await ask(standby, 3n, 4n)).toMatchObject({ ...full, inputs: { spent: "7" } });
    standby.clock.pass(1);
    expect(await ask(standby, 3n, 4n)).toEqual(reserved);
  });
});
