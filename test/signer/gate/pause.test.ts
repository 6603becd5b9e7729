import { rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import { describe, expect, it } from "vitest";
import { allPauses, endPause, pause, pauseOn } from "../../../signer/gate/pause/pauses.ts";
import type { Route } from "../../../signer/policy/index.ts";
import { sampleRequest } from "../samples.ts";
import { type Bench, day, gateBench, hour } from "./bench.ts";

const paused = { outcome: "held", rule: "pause", reason: "paused", retryAfterSeconds: 60 };
const reserved = { state: "reserved" };
const request = sampleRequest();

function pauseIt(bench: Bench, route?: Route, by = "olga") {
  return bench.decide((transaction) => pause(transaction, route, by, "something is odd"));
}

function resume(bench: Bench, id: number) {
  return bench.decide((transaction) => endPause(transaction, id, ["olga", "otto"]));
}

const pausesIn = ({ state }: Bench) => state.read(allPauses);
const fileIn = ({ folder }: Bench) => path.join(folder, "paused");

describe("a pause", () => {
  it("of everything holds everything, and says who paused and why", async () => {
    const bench = gateBench();
    await pauseIt(bench);
    expect(await bench.ask(request)).toEqual({
      ...paused,
      inputs: {
        pause: "1",
        scope: "everything",
        by: "olga",
        since: "2026-01-31T12:00:00.000Z",
        note: "something is odd",
      },
    });
  });

  it("of a route holds that route alone, whatever its name is now", async () => {
    const bench = gateBench();
    const { route } = bench.policy;
    const back = { ...route, name: "two-to-one", source: route.destination, destination: route.source };
    await pauseIt(bench, route);
    expect(await bench.ask(request)).toMatchObject({ ...paused, inputs: { scope: "local/1/2" } });
    bench.policy.route = { ...route, name: "renamed" };
    expect(await bench.ask(request)).toMatchObject(paused);
    expect(await bench.decide((transaction) => pauseOn(transaction, back))).toBeUndefined();
  });

  it("keeps back what was reserved and signed before, too", async () => {
    const bench = gateBench();
    await bench.ask(request);
    await pauseIt(bench);
    expect(await bench.ask(request)).toMatchObject(paused);
  });

  it("survives a restart, and ends when it is ended and not before", async () => {
    const bench = gateBench();
    await pauseIt(bench);
    bench.clock.pass(30 * day);
    bench.restart();
    expect(await bench.ask(request)).toMatchObject(paused);
    expect(await resume(bench, 1)).toMatchObject({ scope: "everything" });
    expect(await bench.ask(request)).toEqual(reserved);
  });

  it("is one for each operator and scope: it lasts until every one of them is ended", async () => {
    const bench = gateBench();
    await pauseIt(bench, undefined, "olga");
    await pauseIt(bench, undefined, "otto");
    await pauseIt(bench, bench.policy.route, "olga");
    expect((await pauseIt(bench, undefined, "olga")).id).toBe(1);
    expect(pausesIn(bench)).toHaveLength(3);
    for (const id of [1, 2]) {
      await resume(bench, id);
      expect(await bench.ask(request)).toMatchObject(paused);
    }
    await resume(bench, 3);
    expect(await bench.ask(request)).toEqual(reserved);
  });

  it("is never called as one before it, so that nobody ends a later one by an old word", async () => {
    const bench = gateBench();
    await pauseIt(bench);
    await resume(bench, 1);
    expect((await pauseIt(bench)).id).toBe(2);
    expect(await resume(bench, 1)).toBeUndefined();
    expect(await bench.ask(request)).toMatchObject(paused);
  });

  it("lets the rules before it see the request", async () => {
    const bench = gateBench({ signerWait: hour });
    await pauseIt(bench);
    expect(await bench.ask(request)).toMatchObject({ rule: "announce" });
    bench.clock.pass(hour);
    expect(await bench.ask(request)).toMatchObject(paused);
    await resume(bench, 1);
    expect(await bench.ask(request)).toEqual(reserved);
  });

  it("does not hide that another packet has this id", async () => {
    const bench = gateBench();
    await bench.ask(request);
    await pauseIt(bench);
    expect(await bench.ask(sampleRequest({ height: 101n }))).toMatchObject({ state: "refused", code: "equivocation" });
  });

  it("has a record of its beginning and its end", async () => {
    const bench = gateBench();
    await pauseIt(bench, bench.policy.route);
    await resume(bench, 1);
    const records = bench.state.read((database) =>
      database.prepare("SELECT record FROM audit WHERE kind = 'pause' ORDER BY sequence").pluck().all(),
    );
    expect(records.map((record) => JSON.parse(String(record)).body)).toEqual([
      { event: "paused", pause: "1", scope: "local/1/2", by: "olga", note: "something is odd" },
      { event: "resumed", pause: "1", scope: "local/1/2", operators: ["olga", "otto"] },
    ]);
  });
});

describe("a pause in the policy", () => {
  it("holds until the policy says otherwise", async () => {
    const bench = gateBench({ paused: true });
    expect(await bench.ask(request)).toEqual({ ...paused, inputs: { scope: "one-to-two", by: "the policy" } });
    bench.policy.route = { ...bench.policy.route, paused: false };
    expect(await bench.ask(request)).toEqual(reserved);
  });
});

describe("the file paused", () => {
  it("pauses everything, also if it was made before the start", async () => {
    const bench = gateBench();
    writeFileSync(fileIn(bench), "");
    bench.restart();
    expect(await bench.ask(request)).toMatchObject({
      ...paused,
      inputs: { scope: "everything", by: "the file paused" },
    });
    expect(pausesIn(bench)).toHaveLength(1);
  });

  it("does not resume when it is deleted, not even by a restart", async () => {
    const bench = gateBench();
    writeFileSync(fileIn(bench), "");
    await bench.ask(request);
    rmSync(fileIn(bench));
    expect(await bench.ask(request)).toMatchObject(paused);
    bench.restart();
    expect(await bench.ask(request)).toMatchObject(paused);
    await resume(bench, 1);
    expect(await bench.ask(request)).toEqual(reserved);
  });

  it("pauses again as long as it is there", async () => {
    const bench = gateBench();
    writeFileSync(fileIn(bench), "");
    await bench.ask(request);
    await resume(bench, 1);
    expect(await bench.ask(request)).toMatchObject({ ...paused, inputs: { pause: "2" } });
  });

  it("stops signing where nobody can look whether it is there", async () => {
    const bench = gateBench();
    rmSync(bench.folder, { recursive: true });
    expect(await bench.ask(request)).toMatchObject({
      outcome: "failed",
      rule: "pause",
      error: { data: { reason: "the rule itself failed (ENOENT)" } },
    });
    writeFileSync(bench.folder, "no folder any more");
    expect(await bench.ask(request)).toMatchObject({ outcome: "failed", rule: "pause" });
  });
});
