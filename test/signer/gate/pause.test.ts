import { rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import { describe, expect, it } from "vitest";
import { pauseOn } from "../../../signer/gate/pause/pauses.ts";
import type { Route } from "../../../signer/policy/index.ts";
import { sampleRequest } from "../samples.ts";
import { type Bench, day, gateBench, hour, sampleOperator } from "./bench.ts";

const paused = { outcome: "held", rule: "pause", reason: "paused", retryAfterSeconds: 60 };
const reserved = { state: "reserved" };
const request = sampleRequest();

async function pauseIt(bench: Bench, route?: Route, by = "olga") {
  return bench.desk.pause(sampleOperator(by), route?.name, "something is odd");
}

async function resume(bench: Bench, id: string, ...signers: string[]) {
  const { object } = (await bench.desk.pauses()).pauses.find((pause) => pause.id === id) ?? { object: `pause ${id}` };
  const approval = bench.approval("resume", object, ...(signers.length > 0 ? signers : ["olga", "otto"]));
  return bench.desk.resume(Number(id), approval);
}

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
    expect(await resume(bench, "1")).toMatchObject({ scope: "everything" });
    expect(await bench.ask(request)).toEqual(reserved);
  });

  it("is one for each operator and scope: it lasts until every one of them is ended", async () => {
    const bench = gateBench();
    await pauseIt(bench, undefined, "olga");
    await pauseIt(bench, undefined, "otto");
    await pauseIt(bench, bench.policy.route, "olga");
    expect((await pauseIt(bench, undefined, "olga")).id).toBe("1");
    expect((await bench.desk.pauses()).pauses).toHaveLength(3);
    for (const id of ["1", "2"]) {
      await resume(bench, id);
      expect(await bench.ask(request)).toMatchObject(paused);
    }
    await resume(bench, "3");
    expect(await bench.ask(request)).toEqual(reserved);
  });

  it("is never called as one before it, so that nobody ends a later one by an old word", async () => {
    const bench = gateBench();
    await pauseIt(bench);
    await resume(bench, "1");
    expect((await pauseIt(bench)).id).toBe("2");
    await expect(resume(bench, "1")).rejects.toMatchObject({ code: "not_found" });
    const old = bench.approval("resume", "pause 1 of everything", "olga", "otto");
    await expect(bench.desk.resume(2, old)).rejects.toMatchObject({ code: "approval_refused" });
    expect(await bench.ask(request)).toMatchObject(paused);
  });

  it.each([
    ["one operator", ["olga"]],
    ["one operator twice", ["olga", "olga"]],
    ["somebody who is none", ["olga", "mallory"]],
  ])("is not ended by %s", async (_what, signers) => {
    const bench = gateBench();
    await pauseIt(bench);
    await expect(resume(bench, "1", ...signers)).rejects.toMatchObject({ code: "approval_refused" });
    expect(await bench.ask(request)).toMatchObject(paused);
  });

  it("cannot be made of a route that is not there, or by somebody who is no operator any more", async () => {
    const bench = gateBench();
    const { operators } = bench.policy;
    await expect(bench.desk.pause(sampleOperator("olga"), "nowhere", "")).rejects.toMatchObject({ code: "not_found" });
    bench.policy.operators = operators.slice(1);
    await expect(pauseIt(bench)).rejects.toMatchObject({ code: "client_refused" });
  });

  it("of everything keeps the signer from being ready; of a route it does not", async () => {
    const bench = gateBench();
    await pauseIt(bench, bench.policy.route);
    expect(bench.obstacles).toEqual([]);
    await pauseIt(bench);
    expect(bench.obstacles).toEqual(["everything is paused by olga (pause 2)"]);
  });

  it("lets the rules before it see the request", async () => {
    const bench = gateBench({ signerWait: hour });
    await pauseIt(bench);
    expect(await bench.ask(request)).toMatchObject({ rule: "announce" });
    bench.clock.pass(hour);
    expect(await bench.ask(request)).toMatchObject(paused);
    await resume(bench, "1");
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
    await resume(bench, "1");
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
    expect((await bench.desk.pauses()).pauses).toHaveLength(1);
  });

  it("does not resume when it is deleted, not even by a restart", async () => {
    const bench = gateBench();
    writeFileSync(fileIn(bench), "");
    await bench.ask(request);
    rmSync(fileIn(bench));
    expect(await bench.ask(request)).toMatchObject(paused);
    bench.restart();
    expect(await bench.ask(request)).toMatchObject(paused);
    await resume(bench, "1");
    expect(await bench.ask(request)).toEqual(reserved);
  });

  it("cannot be overruled as long as it is there", async () => {
    const bench = gateBench();
    writeFileSync(fileIn(bench), "");
    expect(bench.obstacles).toEqual(["the file paused is in the state folder"]);
    expect(await bench.desk.pauses()).toMatchObject({ fileIsThere: true, pauses: [{ by: "the file paused" }] });
    await expect(resume(bench, "1")).rejects.toMatchObject({ code: "conflict" });
    expect(await bench.ask(request)).toMatchObject(paused);
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
