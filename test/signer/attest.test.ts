import { SigningKey } from "ethers";
import { describe, expect, it } from "vitest";
import type { Hex } from "../../shared/digest/index.ts";
import { addressOfPublicKey, publicKeyFromHex, signerOf } from "../../shared/ecdsa/index.ts";
import { AttestorError } from "../../shared/errors/index.ts";
import { type AttestorParts, createAttestor, type SigningKey as OwnKey } from "../../signer/attest.ts";
import { clientRights, createGate, createStatefulGate, routeRule } from "../../signer/gate/index.ts";
import { ledgerIdOf, ledgerIn } from "../../signer/ledger/index.ts";
import { createLoad } from "../../signer/load.ts";
import type { Policy } from "../../signer/policy/index.ts";
import type { SignerState } from "../../signer/state/index.ts";
import { rejection } from "../shared/refusal.ts";
import { type TestKeeper, testKeeper, testKey } from "../support/testKeeper.ts";
import { recordsOf } from "./audit/records.ts";
import { temporaryLedger } from "./ledger/temporaryLedger.ts";
import { activePolicy, policiesOf, sampleClient, sampleRequest, sampleReservation, sampleRoute } from "./samples.ts";

const { publicKey } = testKey(2);
const key: OwnKey = {
  name: "to-two",
  uri: "",
  publicKey,
  scheme: "verulink-evm",
  deployment: "local",
  destination: 2n,
  address: addressOfPublicKey(publicKeyFromHex(publicKey) ?? new Uint8Array(65)),
  custody: "hsm",
};
/** A client's connection. */
const peer = (name: string) => ({ name, pin: sampleClient().pins[0] ?? "" });
const client = peer("chain-a");
const clients = [sampleClient(), sampleClient({ name: "chain-b" }), sampleClient({ name: "no-rights", routes: [] })];
const { digest } = sampleReservation();

function signer(changes: Partial<AttestorParts> = {}) {
  const files = temporaryLedger();
  const keeper: TestKeeper = testKeeper([key], { "to-two": 2 });
  const gate = createGate(() => [clientRights, routeRule]);
  const { state } = files.ledger;
  const parts: AttestorParts = {
    policies: policiesOf({ clients }),
    gate,
    statefulGate: createStatefulGate({ timeOf: ({ nowMs }) => ({ nowMs }) }, []),
    state,
    ledger: ledgerIn(state),
    keeper,
    load: createLoad({ now: () => 0 }),
    keys: new Map([[key.name, key]]),
    obstacle: () => undefined,
    policyVersion: () => "3",
    ...changes,
  };
  return { attestor: createAttestor(parts), keeper, ledger: parts.ledger, parts, files };
}

/** A keeper call that waits until it is let go. */
function heldBack(keeper: TestKeeper) {
  const asked = Promise.withResolvers<void>();
  const letGo = Promise.withResolvers<void>();
  keeper.misbehave(async (signed) => {
    asked.resolve();
    await letGo.promise;
    return signed;
  });
  return { asked: asked.promise, letGo: letGo.resolve };
}

describe("an approved request", () => {
  it("is answered with a signature by the route's key over packet and verdict", async () => {
    const { attestor } = signer();
    const outcome = await attestor.attest(client, sampleRequest());
    expect(outcome).toMatchObject({
      outcome: "approved",
      rule: "keeper",
      inputs: { route: "one-to-two", key: "to-two" },
      attestation: { ...sampleRequest(), digest, signer: key.address, assurance: "claimed", custody: "hsm" },
    });
    if (outcome.outcome !== "approved") throw new Error("not approved");
    expect(signerOf(outcome.attestation.signature, digest)).toBe(key.address);
  });

  it("is in the ledger before the keeper is asked, and released there before it is answered", async () => {
    const { attestor, keeper, ledger } = signer();
    const seen: unknown[] = [];
    keeper.misbehave((signed) => {
      seen.push(ledger.rows());
      return signed;
    });
    await attestor.attest(client, sampleRequest());
    expect(seen).toEqual([{ signing: 1, signed: 0 }]);
    expect(ledger.rows()).toEqual({ signing: 0, signed: 1 });
  });

  it("is answered from the ledger from then on, whoever asks and whatever their screening says of itself", async () => {
    const { attestor, keeper } = signer();
    const first = await attestor.attest(client, sampleRequest());
    const verdict = { result: "white", source: "other", version: "2", screenedAt: "2027-01-01T00:00:00Z" } as const;
    const again = await attestor.attest(peer("chain-b"), sampleRequest({}, "white", { verdict }));
    expect(again).toEqual({ ...first, rule: "ledger" });
    expect(keeper.digests).toEqual([digest]);
  });

  it("keeps its attestation when the route has another key later", async () => {
    const { attestor, parts } = signer();
    const first = await attestor.attest(client, sampleRequest());
    const newKey = { ...key, publicKey: testKey(3).publicKey, address: "0x6813Eb9362372EEF6200f3b1dbC3f819671cBA69" };
    const gate = createGate(() => [clientRights, routeRule]);
    const keeper = testKeeper([newKey], { "to-two": 3 });
    const later = createAttestor({ ...parts, gate, keeper, keys: new Map([["to-two", newKey]]) });
    expect(await later.attest(client, sampleRequest())).toEqual({ ...first, rule: "ledger" });
  });
});

describe("a request that the gate refuses", () => {
  it("touches neither ledger nor key", async () => {
    const { attestor, keeper, ledger } = signer();
    const outcome = await attestor.attest(peer("no-rights"), sampleRequest());
    expect(outcome).toMatchObject({ outcome: "denied", rule: "client_rights", error: { code: "denied" } });
    expect(keeper.digests).toEqual([]);
    expect(ledger.rows()).toEqual({ signing: 0, signed: 0 });
  });
});

describe("a second content for one packet id", () => {
  it("is denied with the attestation, if only the verdict differs", async () => {
    const { attestor, keeper } = signer();
    const first = await attestor.attest(client, sampleRequest());
    if (first.outcome !== "approved") throw new Error("not approved");
    const { attestation } = first;
    expect(await attestor.attest(client, sampleRequest({}, "flagged"))).toMatchObject({
      outcome: "denied",
      rule: "ledger",
      inputs: { given: "white", asked: "flagged" },
      error: { code: "verdict_already_given", status: 403 },
      attestation,
    });
    expect(keeper.digests).toEqual([digest]);
  });

  it("is denied without one, as long as the first verdict is reserved and not signed", async () => {
    const { attestor, files } = signer();
    await files.ledger.reserve(sampleReservation());
    const outcome = await attestor.attest(client, sampleRequest({}, "flagged"));
    expect(outcome).toMatchObject({ outcome: "denied", error: { code: "verdict_already_given" } });
    expect(outcome).not.toHaveProperty("attestation");
  });

  it("waits for the signature of the first verdict that is being made, and carries it", async () => {
    const { attestor, keeper } = signer();
    const { asked, letGo } = heldBack(keeper);
    const first = attestor.attest(client, sampleRequest());
    await asked;
    const second = attestor.attest(client, sampleRequest({}, "flagged"));
    letGo();
    const approved = await first;
    if (approved.outcome !== "approved") throw new Error("not approved");
    expect(await second).toMatchObject({ outcome: "denied", attestation: approved.attestation });
  });

  it("is an equivocation, if the packet differs", async () => {
    const { attestor, keeper } = signer();
    await attestor.attest(client, sampleRequest());
    const other = { message: { amount: 11n }, height: 101n };
    expect(await attestor.attest(client, sampleRequest(other))).toMatchObject({
      outcome: "denied",
      rule: "ledger",
      inputs: { differing: "packet.message.amount, packet.height" },
      error: { code: "equivocation", status: 403 },
    });
    expect(keeper.digests).toEqual([digest]);
  });
});

describe("concurrent requests for one packet id", () => {
  it("with the same content share one signature", async () => {
    const { attestor, keeper } = signer();
    const outcomes = await Promise.all(Array.from({ length: 20 }, () => attestor.attest(client, sampleRequest())));
    expect(keeper.digests).toEqual([digest]);
    const signatures = outcomes.map((each) =>
      each.outcome === "approved" ? each.attestation.signature : each.outcome,
    );
    expect(new Set(signatures).size).toBe(1);
    expect(signatures[0]).toMatch(/^0x/);
  });

  it("with different contents end in one approval", async () => {
    const { attestor, keeper } = signer();
    const requests = [1n, 2n, 3n, 4n].map((amount) => sampleRequest({ message: { amount } }));
    const outcomes = await Promise.all(requests.map((request) => attestor.attest(client, request)));
    expect(outcomes.map(({ outcome }) => outcome).sort()).toEqual(["approved", "denied", "denied", "denied"]);
    expect(keeper.digests).toHaveLength(1);
  });

  it("share a failure too, and a later one may try again", async () => {
    const { attestor, keeper } = signer();
    keeper.misbehave(() => Promise.reject(new AttestorError("keeper_unavailable", { reason: "being rebuilt" })));
    const both = await Promise.all([1, 2].map(() => attestor.attest(client, sampleRequest())));
    expect(both.map(({ outcome }) => outcome)).toEqual(["failed", "failed"]);
    expect(keeper.digests).toHaveLength(1);
    keeper.misbehave(undefined);
    expect(await attestor.attest(client, sampleRequest())).toMatchObject({ outcome: "approved" });
  });
});

describe("a keeper that does not deliver", () => {
  const otherSignature = new SigningKey(testKey(3).privateKey).sign(digest).serialized as Hex;
  it.each<[string, Parameters<TestKeeper["misbehave"]>[0], string]>([
    [
      "is down",
      () => Promise.reject(new AttestorError("keeper_unavailable", { reason: "being rebuilt" })),
      "keeper_unavailable",
    ],
    ["breaks", () => Promise.reject(new TypeError("secret")), "failed"],
    ["refuses the packet", () => Promise.reject(new AttestorError("usage", { reason: "secret" })), "failed"],
    ["signs with another key", (signed) => ({ ...signed, signature: otherSignature }), "wrong_signature"],
    ["signs another digest", (signed) => ({ ...signed, digest: `0x${"11".repeat(32)}` }), "wrong_signature"],
    ["answers no signature", (signed) => ({ ...signed, signature: "0x" }), "wrong_signature"],
  ])("because it %s, makes the request fail; a retry signs the same digest", async (_what, misbehaviour, code) => {
    const { attestor, keeper, ledger } = signer();
    keeper.misbehave(misbehaviour);
    const outcome = await attestor.attest(client, sampleRequest());
    expect(outcome).toMatchObject({ outcome: "failed", rule: "keeper", error: { code, status: 503 } });
    expect(JSON.stringify(outcome)).not.toContain("secret");
    expect(ledger.rows()).toEqual({ signing: 1, signed: 0 });
    expect(await attestor.attest(client, sampleRequest({ height: 101n }))).toMatchObject({ outcome: "denied" });

    keeper.misbehave(undefined);
    expect(await attestor.attest(client, sampleRequest())).toMatchObject({ outcome: "approved", rule: "keeper" });
    expect(keeper.digests).toEqual([digest, digest]);
  });
});

describe("a state that cannot write", () => {
  const full = Object.assign(new Error("secret"), { code: "SQLITE_FULL" });

  it("keeps the keeper from being asked", async () => {
    const state = { decide: () => Promise.reject(full), rehearse: () => Promise.reject(full) };
    const { attestor, keeper } = signer({ state });
    expect(await attestor.attest(client, sampleRequest())).toMatchObject({
      outcome: "failed",
      rule: "ledger",
      error: { code: "failed", message: expect.stringContaining("SQLITE_FULL") },
    });
    expect(keeper.digests).toEqual([]);
  });

  it("keeps a signature from being released", async () => {
    const { state } = temporaryLedger().ledger;
    const working = ledgerIn(state);
    const release = () => {
      throw full;
    };
    const { attestor } = signer({ state, ledger: { ...working, release } });
    const outcome = await attestor.attest(client, sampleRequest());
    expect(outcome).toMatchObject({ outcome: "failed", rule: "ledger", error: { code: "failed" } });
    expect(JSON.stringify(outcome)).not.toMatch(/signature":"0x|secret/);
    expect(working.find(ledgerIdOf(sampleRequest()))).toEqual([]);
  });
});

describe("a disk that is full", () => {
  it("keeps the keeper from being asked and lets it go on when there is room", async () => {
    const { attestor, keeper, files, ledger } = signer();
    await attestor.attest(client, sampleRequest({ sequence: 1n }));
    const limit = (pages: number) =>
      files.ledger.state.read((database) => database.pragma(`max_page_count = ${pages}`));
    const pages = files.ledger.state.read((database) => Number(database.pragma("page_count", { simple: true })));
    limit(pages);
    const outcomes = [];
    for (let sequence = 100n; sequence < 140n; sequence += 1n) {
      outcomes.push(await attestor.attest(client, sampleRequest({ sequence }))); // some still fit into pages in use
    }
    const failures = outcomes.filter(({ outcome }) => outcome === "failed");
    expect(failures.length).toBeGreaterThan(0);
    for (const failure of failures) expect(failure).toMatchObject({ rule: "ledger", error: { code: "failed" } });
    expect(outcomes.at(-1)?.outcome).toBe("failed");
    expect(keeper.digests).toHaveLength(ledger.rows().signed + ledger.rows().signing);
    expect(files.ledger.state.fault()).toBe("SQLITE_FULL");

    limit(pages + 1_000);
    expect(await attestor.attest(client, sampleRequest({ sequence: 139n }))).toMatchObject({ outcome: "approved" });
    expect(files.ledger.state.fault()).toBeUndefined();
  });
});

describe("an obstacle", () => {
  it("makes every request fail that the gate lets through, before anything is reserved or recorded", async () => {
    const { attestor, keeper, ledger, parts } = signer({ obstacle: () => "the disk is nearly full" });
    expect(await attestor.attest(client, sampleRequest())).toMatchObject({
      outcome: "failed",
      rule: "ledger",
      error: { code: "failed", data: { reason: "the disk is nearly full" } },
    });
    expect(recordsOf(parts.state as SignerState)).toEqual([]);
    expect(await attestor.attest(peer("no-rights"), sampleRequest())).toMatchObject({ outcome: "denied" });
    expect(ledger.rows()).toEqual({ signing: 0, signed: 0 });
    expect(keeper.digests).toEqual([]);
  });
});

describe("a queue that is too long", () => {
  /** Requests come too late from now on, or in time. */
  function slow() {
    let isLate = false;
    const late = new AttestorError("overloaded", { reason: "slow", retryAfterSeconds: 7 });
    const normal = createLoad({ now: () => 0 });
    const load: AttestorParts["load"] = {
      ...normal,
      enter: (name) => ({ ...normal.enter(name), late: isLate ? late : undefined }),
    };
    return {
      ...signer({ load }),
      normal,
      setLate: (now: boolean) => {
        isLate = now;
      },
    };
  }

  it("refuses what would have to be signed, before anything is reserved or recorded", async () => {
    const { attestor, keeper, ledger, parts, setLate, normal } = slow();
    setLate(true);
    const { data } = await rejection("overloaded", attestor.attest(client, sampleRequest()));
    expect(data.retryAfterSeconds).toBe(7);
    expect(ledger.rows()).toEqual({ signing: 0, signed: 0 });
    expect(recordsOf(parts.state as SignerState)).toEqual([]);
    expect(keeper.digests).toEqual([]);
    expect(normal.inFlight()).toBe(0);
    setLate(false);
    expect(await attestor.attest(client, sampleRequest())).toMatchObject({ outcome: "approved" });
  });

  it("refuses nothing that needs no signature: what is signed, denied or held", async () => {
    const { attestor, setLate, normal } = slow();
    const first = await attestor.attest(client, sampleRequest());
    setLate(true);
    expect(await attestor.attest(client, sampleRequest())).toEqual({ ...first, rule: "ledger" });
    expect(await attestor.attest(client, sampleRequest({}, "flagged"))).toMatchObject({ outcome: "denied" });
    expect(await attestor.attest(peer("no-rights"), sampleRequest())).toMatchObject({ outcome: "denied" });
    expect(normal.inFlight()).toBe(0);
  });

  it("lets whoever asks for a packet that is being signed share its signature", async () => {
    const { attestor, keeper, setLate } = slow();
    const { asked, letGo } = heldBack(keeper);
    const first = attestor.attest(client, sampleRequest());
    await asked;
    setLate(true);
    const second = attestor.attest(client, sampleRequest());
    letGo();
    expect(await second).toEqual(await first);
    expect(keeper.digests).toHaveLength(1);
  });

  it("refuses to sign what was reserved and not signed, and signs it later", async () => {
    const { attestor, keeper, setLate } = slow();
    keeper.misbehave(() => Promise.reject(new Error("down")));
    expect(await attestor.attest(client, sampleRequest())).toMatchObject({ outcome: "failed" });
    keeper.misbehave(undefined);
    setLate(true);
    await rejection("overloaded", attestor.attest(client, sampleRequest()));
    setLate(false);
    expect(await attestor.attest(client, sampleRequest())).toMatchObject({ outcome: "approved" });
  });
});

describe("the audit chain", () => {
  const kinds = (parts: AttestorParts) =>
    recordsOf(parts.state as SignerState).map(({ kind, body }) =>
      [kind, body.outcome ?? body.code, body.rule].filter(Boolean).join(" "),
    );

  it("has the approval before the keeper is asked, and the release before the answer", async () => {
    const { attestor, keeper, parts } = signer();
    const seen: unknown[] = [];
    keeper.misbehave((signed) => {
      seen.push(...kinds(parts));
      return signed;
    });
    const outcome = await attestor.attest(client, sampleRequest());
    if (outcome.outcome !== "approved") throw new Error("not approved");
    expect(seen).toEqual(["decision approved ledger"]);
    expect(kinds(parts)).toEqual(["decision approved ledger", "release"]);
    const { signature, signer: address } = outcome.attestation;
    const [decision, release] = recordsOf(parts.state as SignerState);
    expect(decision?.body).toMatchObject({ client: "chain-a", packet: "1/2/7", digest, policy: "3", key: "to-two" });
    expect(release?.body).toMatchObject({ packet: "1/2/7", digest, signature, signer: address, key: "to-two" });
  });

  it("has what the stateful rules refuse and hold, and nothing is reserved or signed", async () => {
    const inputs = { sum: "17" };
    const held = { outcome: "held", rule: "ledger", reason: "window", retryAfterSeconds: 9, inputs } as const;
    const { attestor, keeper, ledger, parts } = signer({ statefulGate: () => held });
    expect(await attestor.attest(client, sampleRequest())).toEqual(held);
    expect(recordsOf(parts.state as SignerState)).toMatchObject([
      { kind: "decision", body: { outcome: "held", reason: "window", inputs } },
    ]);
    expect(ledger.rows()).toEqual({ signing: 0, signed: 0 });
    expect(keeper.digests).toEqual([]);
  });

  it("has what the rules without memory refuse: who asked for what, the first of a minute in full", async () => {
    const { attestor, parts, keeper } = signer();
    for (const sequence of [7n, 8n, 9n]) await attestor.attest(peer("no-rights"), sampleRequest({ sequence }));
    await attestor.attest(client, sampleRequest({ destination: { chainId: 9n, address: "0x" } }));
    const { verdict, sources } = sampleRequest();
    const asked = { deployment: "local", verdict, sources, policy: "1", outcome: "denied", reason: "denied" };
    expect(recordsOf(parts.state as SignerState).map(({ body }) => body)).toEqual([
      {
        ...asked,
        ...{ client: "no-rights", packet: "1/2/7", rule: "client_rights" },
        inputs: { client: "no-rights", route: "one-to-two" },
      },
      {
        ...asked,
        ...{ client: "chain-a", packet: "1/9/7", rule: "route" },
        inputs: { deployment: "local", source: "1", destination: "9" },
      },
    ]);
    expect(keeper.digests).toEqual([]);
  });

  /** Keeps records of a kind from being written, and nothing else. */
  const refuseRecords = (parts: AttestorParts, kind: string) =>
    (parts.state as SignerState).read((database) =>
      database.exec(`
        CREATE TEMP TRIGGER refuse_records BEFORE INSERT ON main.audit WHEN json_extract(NEW.record, '$.kind') = '${kind}'
        BEGIN SELECT RAISE(ABORT, 'no record'); END`),
    );

  it("is what nothing is signed without", async () => {
    const { attestor, parts, keeper, ledger } = signer();
    refuseRecords(parts, "decision");
    expect(await attestor.attest(client, sampleRequest())).toMatchObject({ outcome: "failed", rule: "ledger" });
    expect(await attestor.attest(peer("no-rights"), sampleRequest())).toMatchObject({ outcome: "failed" });
    expect(ledger.rows()).toEqual({ signing: 0, signed: 0 });
    expect(keeper.digests).toEqual([]);
  });

  it("is what no signature leaves without", async () => {
    const { attestor, parts, ledger } = signer();
    refuseRecords(parts, "release");
    const outcome = await attestor.attest(client, sampleRequest());
    expect(outcome).toMatchObject({ outcome: "failed", rule: "ledger" });
    expect(JSON.stringify(outcome)).not.toContain('signature":');
    expect(ledger.find(ledgerIdOf(sampleReservation()))).toEqual([]);
    expect(ledger.rows()).toEqual({ signing: 1, signed: 0 });
  });

  it("has one record of many answers with the same attestation", async () => {
    const { attestor, parts } = signer();
    for (let times = 0; times < 3; times += 1) await attestor.attest(client, sampleRequest());
    expect(kinds(parts)).toEqual(["decision approved ledger", "release"]);
  });

  it("has both packets of an equivocation, once, and every other one", async () => {
    const { attestor, parts } = signer();
    await attestor.attest(client, sampleRequest());
    for (const amount of [11n, 11n, 12n]) {
      await attestor.attest(peer("chain-b"), sampleRequest({ message: { amount } }));
    }
    expect(kinds(parts).slice(2)).toEqual(["decision denied ledger", "alarm equivocation", "alarm equivocation"]);
    const alarm = recordsOf(parts.state as SignerState).find(({ kind }) => kind === "alarm");
    expect(alarm?.body).toMatchObject({
      client: "chain-b",
      differing: ["packet.message.amount"],
      asked: { packet: { message: { amount: "11" } } },
      stored: { client: "chain-a", packet: { sequence: "7", message: { amount: "10" } }, digest },
    });
  });

  it("has the failure of a keeper once, and an alarm if it signed wrongly", async () => {
    const { attestor, keeper, parts } = signer();
    keeper.misbehave((signed) => ({ ...signed, signature: "0x" }));
    await attestor.attest(client, sampleRequest());
    await attestor.attest(client, sampleRequest());
    expect(kinds(parts)).toEqual(["decision approved ledger", "decision failed keeper", "alarm wrong_signature"]);
    keeper.misbehave(undefined);
    await attestor.attest(client, sampleRequest());
    expect(kinds(parts).slice(3)).toEqual(["release"]);
  });
});

describe("a policy that is replaced while a request is on its way", () => {
  /** A policy in force that is replaced by the next one when the first request comes to its reservation. */
  function replacedBy(next: Partial<Policy>): AttestorParts["policies"] {
    const [before, after] = [activePolicy({ clients }), activePolicy({ clients, ...next })];
    let current = before;
    return {
      current: () => current,
      isCurrent: (_transaction, active) => {
        current = after;
        return active === after;
      },
    };
  }

  it("decides on it, because nothing is reserved yet", async () => {
    const policies = replacedBy({ routes: [sampleRoute({ startSequence: 8n })] });
    const { attestor, ledger, keeper } = signer({ policies });
    expect(await attestor.attest(client, sampleRequest())).toMatchObject({ outcome: "denied", rule: "route" });
    expect(await attestor.attest(client, sampleRequest({ sequence: 8n }))).toMatchObject({ outcome: "approved" });
    expect(ledger.rows()).toEqual({ signing: 0, signed: 1 });
    expect(keeper.digests).toHaveLength(1);
  });

  it("lets it pass if it allows it too", async () => {
    const { attestor, keeper } = signer({ policies: replacedBy({}) });
    expect(await attestor.attest(client, sampleRequest())).toMatchObject({ outcome: "approved" });
    expect(keeper.digests).toEqual([digest]);
  });

  it.each<[string, Partial<Policy>]>([
    ["the client", { clients: clients.slice(1) }],
    ["the key that the client came with", { clients: [sampleClient({ pins: ["sha256/other"] })] }],
  ])("ends it before anything is reserved if it removes %s", async (_what, next) => {
    const { attestor, ledger, keeper, parts } = signer({ policies: replacedBy(next) });
    const { data } = await rejection("client_refused", attestor.attest(client, sampleRequest()));
    expect(data.reason).toBe("it was removed from the policy");
    expect(ledger.rows()).toEqual({ signing: 0, signed: 0 });
    expect(recordsOf(parts.state as SignerState)).toEqual([]);
    expect(keeper.digests).toEqual([]);
  });
});

describe("idle", () => {
  it("waits for every request that has begun, even if nobody waits for its answer", async () => {
    const { attestor, keeper, ledger } = signer();
    const { asked, letGo } = heldBack(keeper);
    void attestor.attest(client, sampleRequest());
    await asked;
    const idle = attestor.idle().then(() => ledger.rows());
    letGo();
    expect(await idle).toEqual({ signing: 0, signed: 1 });
  });
});
