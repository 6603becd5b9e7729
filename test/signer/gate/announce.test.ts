import { describe, expect, it } from "vitest";
import { sampleRequest } from "../samples.ts";
import { type Bench, benchClient, day, gateBench, hour, pinNamed } from "./bench.ts";
import { drop, release } from "./holdDesk.ts";

const announced = { outcome: "held", rule: "announce", reason: "announced" };
const reserved = { state: "reserved" };
const minute = 60_000;

function bench() {
  return gateBench({ signerWait: day });
}

describe("announce and wait", () => {
  it("lets everything through at once on a route that does not ask for it", async () => {
    expect(await gateBench().ask(sampleRequest())).toEqual(reserved);
  });

  it("holds a packet from its first sight for as long as the route says, and not a moment longer", async () => {
    const { ask, clock } = bench();
    expect(await ask(sampleRequest())).toEqual({
      ...announced,
      retryAfterSeconds: 3_600,
      inputs: { hold: "1", firstSeen: "2026-01-31T12:00:00.000Z", signerWaitSeconds: "86400" },
    });
    clock.pass(day - 30 * minute);
    expect(await ask(sampleRequest())).toMatchObject({ ...announced, retryAfterSeconds: 1_800 });
    clock.pass(30 * minute - 1);
    expect(await ask(sampleRequest())).toMatchObject({ ...announced, retryAfterSeconds: 1 });
    clock.pass(1);
    expect(await ask(sampleRequest())).toEqual(reserved);
    expect(await ask(sampleRequest())).toEqual({ state: "signing" });
  });

  it("counts from the first sight, whoever asks and however often", async () => {
    const { ask, clock } = bench();
    await ask(sampleRequest());
    for (let hours = 1; hours < 24; hours += 1) {
      clock.pass(hour);
      expect(await ask(sampleRequest(), hours % 2 ? "chain-b" : "chain-a")).toMatchObject(announced);
    }
    clock.pass(hour);
    expect(await ask(sampleRequest(), "chain-c")).toEqual(reserved);
  });

  it.each([
    ["another amount", sampleRequest({ message: { amount: 11n } })],
    ["another height", sampleRequest({ height: 101n })],
    ["another verdict", sampleRequest({}, "flagged")],
    ["another sequence", sampleRequest({ sequence: 8n })],
    ["another deployment", sampleRequest({}, "white", { deployment: "other" })],
  ])("begins anew for %s", async (_what, other) => {
    const { ask, clock } = bench();
    await ask(sampleRequest());
    clock.pass(day);
    expect(await ask(other)).toMatchObject({ ...announced, inputs: { hold: "2" } });
  });

  it("does not begin anew for other words of the screening", async () => {
    const { ask, clock } = bench();
    await ask(sampleRequest());
    clock.pass(day);
    const verdict = { result: "white", source: "other", version: "2", screenedAt: "2027-01-01T00:00:00Z" } as const;
    expect(await ask(sampleRequest({}, "white", { verdict, sources: "2-of-3" }))).toEqual(reserved);
  });

  it("remembers the first sight across a restart", async () => {
    const files = bench();
    await files.ask(sampleRequest());
    files.clock.pass(day - 1);
    files.restart();
    expect(await files.ask(sampleRequest())).toMatchObject(announced);
    files.clock.pass(1);
    expect(await files.ask(sampleRequest())).toEqual(reserved);
  });

  it("follows a policy that asks for more, for less, or no longer", async () => {
    const { ask, clock, policy } = bench();
    await ask(sampleRequest());
    clock.pass(day);
    const { signerWait: _, ...without } = policy.route;
    policy.route = { ...without, signerWait: 2 * day };
    expect(await ask(sampleRequest())).toMatchObject(announced);
    policy.route = { ...without, signerWait: hour };
    expect(await ask(sampleRequest())).toEqual(reserved);
    policy.route = without;
    expect(await ask(sampleRequest({ sequence: 8n }))).toEqual(reserved);
  });

  describe("by a key that is replaced in the policy", () => {
    const renewed = (...names: string[]) => benchClient("chain-a", { pins: names.map(pinNamed) });
    const others = ["chain-b", "chain-c"].map((name) => benchClient(name));

    it("begins anew when another key asks: the wait of a stolen key counts no more", async () => {
      const { ask, clock, policy, desk } = bench();
      await ask(sampleRequest());
      clock.pass(day - hour);
      policy.clients = [renewed("chain-a-new"), ...others];
      expect(desk.hold(1)).toMatchObject({ state: "waiting", until: null });
      clock.pass(hour);
      expect(await ask(sampleRequest(), "chain-b")).toMatchObject({
        ...announced,
        inputs: { hold: "1", firstSeen: "2026-02-01T12:00:00.000Z" },
      });
      expect(desk.hold(1)).toMatchObject({ until: "2026-02-02T12:00:00.000Z" });
      clock.pass(hour);
      expect(await ask(sampleRequest())).toMatchObject(announced);
      clock.pass(day - hour - 1);
      expect(await ask(sampleRequest())).toMatchObject(announced);
      clock.pass(1);
      expect(await ask(sampleRequest())).toEqual(reserved);
    });

    it("goes on from when another client's key had asked, or another one of its own", async () => {
      for (const witness of ["chain-b", "chain-a"]) {
        const { ask, clock, policy } = bench();
        await ask(sampleRequest());
        policy.clients = [renewed("chain-a-new", "chain-a"), ...others];
        clock.pass(hour);
        await ask(sampleRequest(), witness);
        policy.clients = [renewed("chain-a-new"), ...others];
        clock.pass(day - 1);
        expect(await ask(sampleRequest(), "chain-c")).toMatchObject(announced);
        clock.pass(1);
        expect(await ask(sampleRequest(), "chain-c")).toEqual(reserved);
      }
    });

    it("begins anew too where its client has no right to the route any more", async () => {
      const { ask, clock, policy } = bench();
      await ask(sampleRequest());
      policy.clients = [benchClient("chain-a", { routes: [] }), ...others];
      clock.pass(day);
      expect(await ask(sampleRequest(), "chain-b")).toMatchObject(announced);
    });

    it("counts as before when the key comes back", async () => {
      const { ask, clock, policy } = bench();
      await ask(sampleRequest());
      policy.clients = [renewed("chain-a-new"), ...others];
      await ask(sampleRequest(), "chain-b");
      policy.clients = [renewed("chain-a"), ...others];
      clock.pass(day);
      expect(await ask(sampleRequest())).toEqual(reserved);
    });
  });

  it("begins anew for what was announced before keys were remembered", async () => {
    const { ask, clock, decide } = bench();
    await ask(sampleRequest());
    await decide(({ database }) => database.exec("DELETE FROM gate_sights"));
    clock.pass(day);
    expect(await ask(sampleRequest())).toMatchObject(announced);
    clock.pass(day);
    expect(await ask(sampleRequest())).toEqual(reserved);
  });

  it("cannot be shortened by operators", async () => {
    const files = bench();
    await files.ask(sampleRequest());
    await expect(release(files, "olga", 1)).rejects.toMatchObject({
      code: "conflict",
      message: expect.stringContaining("operators cannot shorten"),
    });
  });

  it("is ended by one operator who drops it: that content is denied, others with its id are not", async () => {
    const files = bench();
    await files.ask(sampleRequest());
    await drop(files, "olga", 1);
    files.clock.pass(day);
    expect(await files.ask(sampleRequest())).toMatchObject({
      outcome: "denied",
      rule: "dropped",
      inputs: { hold: "1", reason: "announced", by: "olga" },
      error: { message: "Denied by rule dropped: operator olga dropped hold 1." },
    });
    const other = sampleRequest({ height: 101n });
    expect(await files.ask(other)).toMatchObject(announced);
    files.clock.pass(day);
    expect(await files.ask(other)).toEqual(reserved);
    // the drop is history once the id is taken; the ledger refuses now
    expect(await files.ask(sampleRequest())).toMatchObject({ state: "refused", code: "equivocation" });
  });

  it("is ended by a drop for good, also where the route waits no longer", async () => {
    const files = bench();
    await files.ask(sampleRequest());
    await drop(files, "olga", 1);
    const { signerWait: _, ...without } = files.policy.route;
    files.policy.route = without;
    expect(await files.ask(sampleRequest())).toMatchObject({ outcome: "denied", rule: "dropped" });
  });

  it("goes on after a drop once two operators release it, none of whom asked, and is no shorter for it", async () => {
    const files = bench();
    await files.ask(sampleRequest());
    await drop(files, "olga", 1);
    const asked = benchClient("chain-b", { pins: [pinNamed("chain-b"), pinNamed("omar")] });
    files.policy.clients = [benchClient("chain-a"), asked];
    files.clock.pass(hour);
    await files.ask(sampleRequest(), "chain-b");
    await expect(release(files, "omar", 1)).rejects.toMatchObject({ code: "conflict" });
    expect(await release(files, "otto", 1)).toEqual({ approvals: ["otto"], released: false });
    expect(await files.ask(sampleRequest())).toMatchObject({ outcome: "denied", rule: "dropped" });
    expect(await release(files, "olga", 1)).toMatchObject({ released: true });
    expect(files.desk.hold(1)).toMatchObject({ state: "waiting", droppedBy: null, clients: ["chain-a", "chain-b"] });
    await expect(release(files, "olga", 1)).rejects.toMatchObject({ code: "conflict" });
    files.clock.pass(22 * hour);
    expect(await files.ask(sampleRequest())).toMatchObject(announced);
    files.clock.pass(hour);
    expect(await files.ask(sampleRequest())).toEqual(reserved);
  });

  it("is recorded although a rule before it holds", async () => {
    const limits = { maximumJump: 1n };
    const files = gateBench({ signerWait: day, limits });
    expect(await files.ask(sampleRequest())).toMatchObject({ rule: "sequence_jump" });
    expect(pending(files)).toEqual(["review", "announced"]);
  });

  it("is forgotten when its packet is reserved", async () => {
    const files = bench();
    await files.ask(sampleRequest());
    await files.ask(sampleRequest({}, "flagged"));
    expect(pending(files)).toEqual(["announced", "announced"]);
    files.clock.pass(day);
    await files.ask(sampleRequest());
    expect(pending(files)).toEqual([]);
  });
});

function pending({ state }: Bench): unknown[] {
  return state.read((database) => database.prepare("SELECT reason FROM gate_holds ORDER BY id").pluck().all());
}
