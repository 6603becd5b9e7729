import { SigningKey } from "ethers";
import { describe, expect, it } from "vitest";
import type { Hex } from "../../shared/digest/index.ts";
import { signerOf } from "../../shared/ecdsa/index.ts";
import { AttestorError } from "../../shared/errors/index.ts";
import { createAttestor } from "../../signer/attest.ts";
import { clientRights, createGate, routeRule } from "../../signer/gate/index.ts";
import { ledgerIdOf, ledgerIn } from "../../signer/ledger/index.ts";
import type { SignerState } from "../../signer/state/index.ts";
import { type TestKeeper, testKeeper, testKey } from "../support/testKeeper.ts";
import { client, digest, heldBack, key, peer, signer } from "./attestorUnderTest.ts";
import { recordsOf } from "./audit/records.ts";
import { temporaryLedger } from "./ledger/temporaryLedger.ts";
import { sampleRequest, sampleReservation } from "./samples.ts";

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
