import { describe, expect, it } from "vitest";
import { sampleRequest } from "../samples.ts";
import { type Bench, benchClient, day, gateBench, pinNamed } from "./bench.ts";
import { drop, releaseByTwo } from "./holdDesk.ts";

const waits = { outcome: "held", rule: "agreement", reason: "agreement" };
const review = { outcome: "held", rule: "agreement", reason: "review" };
const reserved = { state: "reserved" };

const real = sampleRequest();
const fake = sampleRequest({ message: { amount: 1_000n } });
const flagged = sampleRequest({}, "flagged");

const two = () => gateBench({ agreement: 2 });

describe("agreement", () => {
  it("is not asked for on a route without it", async () => {
    const bench = gateBench();
    expect(await bench.ask(real)).toEqual(reserved);
    expect(assuranceIn(bench)).toBe("claimed");
  });

  it("holds until the second client submits the identical packet, and says so in the attestation", async () => {
    const bench = two();
    expect(await bench.ask(real, "chain-a")).toEqual({
      ...waits,
      retryAfterSeconds: 60,
      inputs: { agreement: "2", agreed: "1", clients: "chain-a" },
    });
    expect(await bench.ask(real, "chain-b")).toEqual(reserved);
    expect(assuranceIn(bench)).toBe("agreed-2");
    expect(await bench.ask(real, "chain-a")).toEqual({ state: "signing" });
  });

  it("is not reached by one client that asks twice", async () => {
    const { ask } = two();
    for (let turn = 0; turn < 3; turn += 1)
      expect(await ask(real)).toMatchObject({ ...waits, inputs: { agreed: "1" } });
  });

  it("asks for as many as the route says", async () => {
    const bench = gateBench({ agreement: 3 });
    expect(await bench.ask(real, "chain-a")).toMatchObject(waits);
    expect(await bench.ask(real, "chain-b")).toMatchObject({ ...waits, inputs: { agreed: "2" } });
    expect(await bench.ask(real, "chain-c")).toEqual(reserved);
    expect(assuranceIn(bench)).toBe("agreed-3");
  });

  it("remembers proposals across a restart", async () => {
    const bench = two();
    await bench.ask(real, "chain-a");
    bench.restart();
    expect(await bench.ask(real, "chain-b")).toEqual(reserved);
  });

  it("counts each packet for itself", async () => {
    const bench = two();
    await bench.ask(real, "chain-a");
    expect(await bench.ask(sampleRequest({ sequence: 8n }), "chain-b")).toMatchObject(waits);
    expect(await bench.ask(sampleRequest({}, "white", { deployment: "other" }), "chain-b")).toMatchObject(waits);
  });

  it("takes no notice of what the clients' screening says of itself", async () => {
    const bench = two();
    await bench.ask(real, "chain-a");
    const verdict = { result: "white", source: "other", version: "9", screenedAt: "2027-01-01T00:00:00Z" } as const;
    expect(await bench.ask(sampleRequest({}, "white", { verdict }), "chain-b")).toEqual(reserved);
  });

  it.each<[string, Parameters<typeof benchClient>[1]]>([
    ["the route", { routes: [] }],
    ["its scheme", { schemes: [] }],
    ["asking", { operations: ["read"] }],
  ])("does not count a client that has lost its right to %s", async (_what, rights) => {
    const bench = two();
    await bench.ask(real, "chain-a");
    bench.policy.clients = [benchClient("chain-a", rights), benchClient("chain-b"), benchClient("chain-c")];
    expect(await bench.ask(real, "chain-b")).toMatchObject({ ...waits, inputs: { clients: "chain-b" } });
    expect(await bench.ask(real, "chain-c")).toEqual(reserved);
  });

  it("does not count a client that is gone", async () => {
    const bench = two();
    await bench.ask(real, "chain-a");
    bench.policy.clients = bench.policy.clients.slice(1);
    expect(await bench.ask(real, "chain-b")).toMatchObject(waits);
  });

  it("does not count what was submitted with a key that its client no longer has, until it submits it with another", async () => {
    const bench = two();
    await bench.ask(real, "chain-a");
    bench.policy.clients = [benchClient("chain-a", { pins: [pinNamed("renewed")] }), benchClient("chain-b")];
    expect(await bench.ask(real, "chain-b")).toMatchObject({ ...waits, inputs: { agreed: "1", clients: "chain-b" } });
    expect(await bench.ask(real, "chain-a")).toEqual(reserved);
  });

  it("counts a Verulink client, which asks in another way", async () => {
    const bench = two();
    bench.policy.clients = [benchClient("chain-a", { operations: ["verulink"] }), benchClient("chain-b")];
    await bench.ask(real, "chain-a");
    expect(await bench.ask(real, "chain-b")).toEqual(reserved);
  });

  it("reserves what was agreed when another rule no longer holds it, whoever asks", async () => {
    const bench = gateBench({ agreement: 2, signerWait: day });
    await bench.ask(real, "chain-a");
    expect(await bench.ask(real, "chain-b")).toMatchObject({ rule: "announce" });
    bench.clock.pass(day);
    expect(await bench.ask(real, "chain-a")).toEqual(reserved);
  });
});

describe("clients that submit different packets", () => {
  it("raise an alarm and are held, all of them", async () => {
    const bench = two();
    await bench.ask(real, "chain-a");
    expect(await bench.ask(fake, "chain-b")).toMatchObject({ ...waits, inputs: { agreed: "1", clients: "chain-b" } });
    expect(bench.alarms).toMatchObject([
      { code: "disagreement", fields: { packet: "1/2/7", client: "chain-b", others: "chain-a" } },
    ]);
    expect(alarmRecords(bench)).toMatchObject([{ code: "disagreement", packet: "1/2/7", client: "chain-b" }]);
    expect(await bench.ask(real, "chain-a")).toMatchObject(waits);
  });

  it("raise it once, however often they ask again", async () => {
    const bench = two();
    await bench.ask(real, "chain-a");
    for (let turn = 0; turn < 3; turn += 1) {
      await bench.ask(fake, "chain-b");
      await bench.ask(real, "chain-a");
    }
    expect(bench.alarms).toHaveLength(1);
  });

  it("do not block those that agree", async () => {
    const bench = two();
    await bench.ask(fake, "chain-a");
    await bench.ask(real, "chain-b");
    expect(await bench.ask(real, "chain-c")).toEqual(reserved);
    expect(await bench.ask(fake, "chain-a")).toMatchObject({ state: "refused", code: "equivocation" });
  });

  it("have one say each: who changes its mind takes its word back, with an alarm", async () => {
    const bench = two();
    await bench.ask(fake, "chain-a");
    await bench.ask(real, "chain-a");
    expect(bench.alarms).toMatchObject([{ code: "disagreement", fields: { client: "chain-a", others: "chain-a" } }]);
    expect(await bench.ask(fake, "chain-b")).toMatchObject({ ...waits, inputs: { agreed: "1" } });
    expect(await bench.ask(real, "chain-c")).toEqual(reserved);
  });

  it("are not reconciled by operators", async () => {
    const bench = two();
    await bench.ask(real, "chain-a");
    await bench.ask(fake, "chain-b");
    const holds = bench.state.read((database) => database.prepare("SELECT count(*) FROM gate_holds").pluck().get());
    expect(holds).toBe(0);
  });
});

describe("clients that agree on the packet and not on its verdict", () => {
  it("wait for people, who choose the verdict; the assurance is that of the packet", async () => {
    const bench = two();
    await bench.ask(real, "chain-a");
    expect(await bench.ask(flagged, "chain-b")).toMatchObject({
      ...review,
      inputs: { agreement: "2", white: "chain-a", flagged: "chain-b", hold: "1" },
    });
    expect(bench.alarms).toEqual([]);
    expect(await bench.ask(real, "chain-a")).toMatchObject({ ...review, inputs: { hold: "2" } });
    await releaseByTwo(bench, 1);
    expect(await bench.ask(real, "chain-a")).toMatchObject(review);
    expect(await bench.ask(flagged, "chain-b")).toEqual(reserved);
    expect(assuranceIn(bench)).toBe("agreed-2");
    expect(await bench.ask(real, "chain-a")).toMatchObject({ state: "refused", code: "verdict_already_given" });
  });

  it("do not wait once enough say the same", async () => {
    const bench = two();
    await bench.ask(flagged, "chain-a");
    expect(await bench.ask(real, "chain-b")).toMatchObject(review);
    expect(await bench.ask(real, "chain-c")).toEqual(reserved);
  });

  it("come to agree when one of them corrects its verdict", async () => {
    const bench = two();
    await bench.ask(real, "chain-a");
    await bench.ask(flagged, "chain-b");
    expect(await bench.ask(real, "chain-b")).toEqual(reserved);
    expect(bench.alarms).toEqual([]);
  });

  it("are denied the verdict that an operator dropped", async () => {
    const bench = two();
    await bench.ask(real, "chain-a");
    await bench.ask(flagged, "chain-b");
    await drop(bench, "olga", 1);
    expect(await bench.ask(flagged, "chain-b")).toMatchObject({ outcome: "denied", rule: "dropped" });
  });

  it("are denied a verdict that was dropped also if enough of them come to agree on it", async () => {
    const bench = two();
    await bench.ask(real, "chain-a");
    await bench.ask(flagged, "chain-b");
    await drop(bench, "olga", 1);
    expect(await bench.ask(flagged, "chain-c")).toMatchObject({ outcome: "denied", rule: "dropped" });
    expect(await bench.ask(real, "chain-b")).toEqual(reserved);
  });

  it("wait for agreement as long as too few of them agree on the packet", async () => {
    const bench = gateBench({ agreement: 3 });
    await bench.ask(real, "chain-a");
    expect(await bench.ask(flagged, "chain-b")).toMatchObject(waits);
  });
});

describe("proposals of one client", () => {
  it("are limited in number; those of others are not", async () => {
    const bench = two();
    await bench.ask(real);
    await bench.decide(({ database }) => {
      database.exec(`
        WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 9999)
        INSERT INTO gate_proposals
        SELECT deployment, source, destination, printf('%020d', 1000 + i), client, packet_hash, digest, verdict, at_ms, pin
        FROM n, gate_proposals`);
    });
    const other = sampleRequest({ sequence: 8n });
    expect(await bench.ask(other)).toMatchObject({ outcome: "failed", rule: "agreement" });
    expect(await bench.ask(real)).toMatchObject(waits);
    expect(await bench.ask(other, "chain-b")).toMatchObject(waits);
    expect(await bench.ask(real, "chain-b")).toEqual(reserved);
    expect(await bench.ask(other)).toEqual(reserved);
  });
});

function assuranceIn({ state }: Bench): unknown {
  return state.read((database) => database.prepare("SELECT assurance FROM attestations").pluck().get());
}

function alarmRecords({ state }: Bench): unknown[] {
  const records = state.read((database) =>
    database.prepare("SELECT record FROM audit ORDER BY sequence").pluck().all(),
  );
  return records
    .map((record) => JSON.parse(String(record)))
    .filter(({ kind }) => kind === "alarm")
    .map(({ body }) => body);
}
