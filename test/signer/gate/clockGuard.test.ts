import { describe, expect, it } from "vitest";
import { sampleRequest } from "../samples.ts";
import { type Bench, gateBench, hour } from "./bench.ts";

const minute = 60_000;
let sequence = 100n;

/** The outcome of a request for a packet that nothing else speaks against. */
async function askNew(bench: Bench) {
  sequence += 1n;
  return bench.ask(sampleRequest({ sequence }));
}

async function acknowledge(bench: Bench, ...signers: string[]) {
  const { jump } = await bench.desk.clock();
  const by = signers.length > 0 ? signers : ["olga", "otto"];
  return bench.desk.acknowledgeClock(bench.approval("acknowledge-clock", jump?.object ?? "none", ...by));
}

const latest = ({ state }: Bench) =>
  state.read((database) => database.prepare("SELECT latest_ms FROM gate_clock").pluck().get());

const jumped = { outcome: "failed", rule: "clock", error: { code: "failed" } };

describe("the time of the gate", () => {
  it("is the wall clock's as long as that runs as it should", async () => {
    const bench = gateBench();
    for (const step of [0, 1, hour, 40 * hour]) {
      bench.clock.pass(step);
      expect(await askNew(bench)).toEqual({ state: "reserved" });
      expect(latest(bench)).toBe(bench.clock.wall);
    }
  });

  it("stands still while a clock that was set back a little catches up", async () => {
    const bench = gateBench();
    await askNew(bench);
    const before = latest(bench);
    bench.clock.set(-4 * minute);
    bench.clock.pass(minute);
    expect(await askNew(bench)).toEqual({ state: "reserved" });
    expect(latest(bench)).toBe(before);
    bench.clock.pass(4 * minute);
    await askNew(bench);
    expect(latest(bench)).toBe(Number(before) + minute);
  });

  it("is remembered across restarts, and across boots", async () => {
    const bench = gateBench();
    await askNew(bench);
    const before = latest(bench);
    bench.clock.set(-minute);
    bench.clock.run = "boot-2";
    bench.clock.monotonic = 5;
    bench.restart();
    expect(await askNew(bench)).toEqual({ state: "reserved" });
    expect(latest(bench)).toBe(before);
  });
});

describe("a clock that was set by more than 5 minutes", () => {
  it.each([
    ["ahead", 6 * minute],
    ["back", -6 * minute],
    ["a day ahead, which would end a wait", 24 * hour],
  ])("%s makes every request fail, with an alarm and a record", async (_what, step) => {
    const bench = gateBench();
    await askNew(bench);
    const before = latest(bench);
    bench.clock.set(step);
    expect(await askNew(bench)).toMatchObject({ ...jumped, inputs: { jump: "1", milliseconds: `${step}` } });
    expect(await askNew(bench)).toMatchObject(jumped);
    expect(latest(bench)).toBe(before);
    expect(bench.alarms).toEqual([{ code: "clock_jump", fields: { jump: "1", milliseconds: `${step}` } }]);
    const records = bench.state.read((database) =>
      database.prepare("SELECT record FROM audit WHERE kind = 'clock'").pluck().all(),
    );
    expect(records).toHaveLength(1);
  });

  it("is seen when it was set in several small steps", async () => {
    const bench = gateBench();
    await askNew(bench);
    bench.clock.set(4 * minute);
    expect(await askNew(bench)).toEqual({ state: "reserved" });
    bench.clock.set(2 * minute);
    expect(await askNew(bench)).toMatchObject(jumped);
  });

  it("is seen when it was set while the signer was down, and not taken back by setting it right", async () => {
    const bench = gateBench();
    await askNew(bench);
    bench.clock.set(hour);
    bench.clock.pass(1_000);
    bench.restart();
    expect(await askNew(bench)).toMatchObject(jumped);
    bench.clock.set(-hour);
    bench.restart();
    expect(await askNew(bench)).toMatchObject(jumped);
  });

  it("is seen after a boot if it went back; how long the machine was off, nothing here can tell", async () => {
    const bench = gateBench();
    await askNew(bench);
    bench.clock.run = "boot-2";
    bench.clock.monotonic = 5;
    bench.clock.set(48 * hour);
    expect(await askNew(bench)).toEqual({ state: "reserved" });
    bench.clock.run = "boot-3";
    bench.clock.set(-48 * hour);
    expect(await askNew(bench)).toMatchObject(jumped);
  });

  it("goes on after two operators acknowledged this very jump", async () => {
    const bench = gateBench();
    await askNew(bench);
    await expect(acknowledge(bench)).rejects.toMatchObject({ code: "not_found" });
    bench.clock.set(hour);
    expect(bench.obstacles).toEqual(["the clock was set by 3600 s, and that is not acknowledged"]);
    expect(await bench.desk.clock()).toEqual({
      jump: { id: "1", milliseconds: "3600000", object: "clock jump 1 of 3600000 ms" },
    });
    await expect(acknowledge(bench, "olga")).rejects.toMatchObject({ code: "approval_refused" });
    expect(await askNew(bench)).toMatchObject(jumped);
    const approval = bench.approval("acknowledge-clock", "clock jump 1 of 3600000 ms", "olga", "otto");
    await bench.desk.acknowledgeClock(approval);
    expect(bench.obstacles).toEqual([]);
    expect(await askNew(bench)).toEqual({ state: "reserved" });
    expect(latest(bench)).toBe(bench.clock.wall);
    bench.clock.set(hour);
    expect(await askNew(bench)).toMatchObject({ ...jumped, inputs: { jump: "2" } });
    await expect(bench.desk.acknowledgeClock(approval)).rejects.toMatchObject({ code: "approval_refused" });
  });

  it("is not acknowledged by what was signed for it, if it was set once more since", async () => {
    const bench = gateBench({ signerWait: 30 * minute });
    await bench.ask(sampleRequest());
    bench.clock.set(6 * minute);
    await bench.ask(sampleRequest());
    const approval = bench.approval("acknowledge-clock", "clock jump 1 of 360000 ms", "olga", "otto");
    bench.clock.set(50 * minute);
    await expect(bench.desk.acknowledgeClock(approval)).rejects.toMatchObject({ code: "approval_refused" });
    expect(await bench.desk.clock()).toMatchObject({ jump: { id: "2", milliseconds: `${56 * minute}` } });
    expect(await bench.ask(sampleRequest())).toMatchObject({ ...jumped, inputs: { jump: "2" } });
    expect(bench.alarms.map(({ fields }) => fields.jump)).toEqual(["1", "2"]);
    bench.clock.set(-56 * minute);
    await acknowledge(bench);
    expect(await bench.ask(sampleRequest())).toMatchObject({ rule: "announce" });
  });

  it.each([
    ["left as it was set", 0],
    ["set right, or nearly", -hour + 4 * minute],
  ])("is one jump for as long as it is %s", async (_what, step) => {
    const bench = gateBench();
    await askNew(bench);
    bench.clock.set(hour);
    await askNew(bench);
    bench.clock.set(step);
    bench.clock.pass(10 * hour);
    bench.restart();
    expect(await askNew(bench)).toMatchObject({ ...jumped, inputs: { jump: "1" } });
    await bench.desk.acknowledgeClock(
      bench.approval("acknowledge-clock", "clock jump 1 of 3600000 ms", "olga", "otto"),
    );
    expect(await askNew(bench)).toEqual({ state: "reserved" });
  });

  it("goes on from the time where it was, if it was set back for good", async () => {
    const bench = gateBench();
    await askNew(bench);
    const before = Number(latest(bench));
    bench.clock.set(-10 * hour);
    await askNew(bench);
    await acknowledge(bench);
    bench.clock.pass(minute);
    expect(await askNew(bench)).toEqual({ state: "reserved" });
    expect(latest(bench)).toBe(before + minute);
  });
});
