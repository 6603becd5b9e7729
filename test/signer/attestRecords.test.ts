import { describe, expect, it } from "vitest";
import type { AttestorParts } from "../../signer/attest.ts";
import { ledgerIdOf } from "../../signer/ledger/index.ts";
import type { SignerState } from "../../signer/state/index.ts";
import { client, digest, peer, signer } from "./attestorUnderTest.ts";
import { recordsOf } from "./audit/records.ts";
import { sampleRequest, sampleReservation } from "./samples.ts";

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
