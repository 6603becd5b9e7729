import Database from "better-sqlite3";
import { computeAddress, SigningKey } from "ethers";
import { describe, expect, it } from "vitest";
import type { Attestation } from "../../../shared/wire/index.ts";
import { importHistory, ledgerIdOf, readInterchange } from "../../../signer/ledger/index.ts";
import { judge } from "../../../signer/newest/judge.ts";
import { recordProof, settleProofs, standingProofs } from "../../../signer/newest/proofs.ts";
import { testKey } from "../../support/testKeeper.ts";
import { temporaryLedger } from "../ledger/temporaryLedger.ts";
import type { PacketChanges } from "../samples.ts";
import { sampleReservation, sampleRoute } from "../samples.ts";

const key = {
  scheme: "verulink-evm",
  deployment: "local",
  destination: 2n,
  address: computeAddress(testKey(2).publicKey),
};

/** What docs/ledger.md has operators import where nobody has what is missing. */
const closing = readInterchange({
  ...{ format: "hsm-attestor-ledger", version: 1n, ledger: "00".repeat(16), exportedAt: "2026-11-26T13:00:00Z" },
  watermarks: [{ deployment: "local", source: "1", destination: "2", watermark: "7", open: [] }],
  records: [],
});

/** An attestation, by default by the route's key. */
function attestation(
  packet: PacketChanges = {},
  verdict: "white" | "flagged" = "white",
  { privateKey, publicKey } = testKey(2),
): Attestation {
  const { client: _, ...content } = sampleReservation(packet, verdict);
  const signature = new SigningKey(privateKey).sign(content.digest).serialized as Attestation["signature"];
  return { ...content, signature, signer: computeAddress(publicKey), custody: "hsm" };
}

describe("an attestation by our key", () => {
  const judged = (ledger: ReturnType<typeof temporaryLedger>, shown: Attestation) =>
    ledger.ledger.state.read((database) => judge(database, shown, sampleRoute(), [key]));
  const release = (of: Attestation) => ({ signature: of.signature, signer: of.signer, custody: of.custody });

  it("says nothing if the ledger released it", async () => {
    const ledger = temporaryLedger();
    await ledger.ledger.reserve(sampleReservation());
    await ledger.ledger.release(ledgerIdOf(sampleReservation()), release(attestation()));
    expect(judged(ledger, attestation())).toEqual({ says: "nothing" });
  });

  it("proves a rollback if nothing is recorded for its packet", () => {
    expect(judged(temporaryLedger(), attestation())).toEqual({ says: "rollback", presence: "absent" });
  });

  it.each(["white", "flagged"] as const)(
    "proves one if its packet is reserved as %s and not released",
    async (verdict) => {
      const ledger = temporaryLedger();
      await ledger.ledger.reserve(sampleReservation({}, verdict));
      expect(judged(ledger, attestation())).toEqual({ says: "rollback", presence: "unreleased" });
    },
  );

  it.each<[string, Attestation]>([
    ["another verdict", attestation({}, "flagged")],
    ["another packet", attestation({ height: 999n })],
  ])("proves one if %s was released with its id", async (_what, released) => {
    const ledger = temporaryLedger();
    await ledger.ledger.reserve({ ...released, client: "chain-b" });
    await ledger.ledger.release(ledgerIdOf(released), release(released));
    expect(judged(ledger, attestation())).toEqual({ says: "rollback", presence: "other" });
  });

  it("proves one if another signature was released over its very digest", async () => {
    const ledger = temporaryLedger();
    await ledger.ledger.reserve(sampleReservation());
    const other = { ...release(attestation()), signature: `0x${"22".repeat(64)}1b` } as const;
    await ledger.ledger.release(ledgerIdOf(sampleReservation()), other);
    expect(judged(ledger, attestation())).toEqual({ says: "rollback", presence: "other" });
  });

  it("and another one for the same packet are answered by no ledger that has either, and by a new one that closes it", async () => {
    const [held, released] = [attestation({ height: 999n }), attestation()];
    const [ledger, renewed] = [temporaryLedger(), temporaryLedger()];
    await ledger.ledger.reserve(sampleReservation());
    await ledger.ledger.release(ledgerIdOf(sampleReservation()), release(released));
    for (const { state } of [ledger.ledger, renewed.ledger]) {
      await state.decide((transaction) => importHistory(transaction, closing, `0x${"ab".repeat(32)}`));
    }
    expect(judged(ledger, held)).toEqual({ says: "rollback", presence: "other" });
    for (const each of [held, released]) expect(judged(renewed, each)).toEqual({ says: "nothing" });
  });

  it("of a key that was replaced since says nothing if the ledger has it, and is not ours if not", async () => {
    const replaced = { ...key, address: computeAddress(testKey(3).publicKey) };
    const ledger = temporaryLedger();
    const judgedNow = () =>
      ledger.ledger.state.read((database) => judge(database, attestation(), sampleRoute(), [replaced]));
    expect(judgedNow()).toMatchObject({ says: "forged" });
    await ledger.ledger.reserve(sampleReservation());
    await ledger.ledger.release(ledgerIdOf(sampleReservation()), release(attestation()));
    expect(judgedNow()).toEqual({ says: "nothing" });
  });
});

describe("an attestation by one of our keys", () => {
  const successor = { ...key, address: computeAddress(testKey(3).publicKey) };

  it.each([
    ["the first key, when another has taken over", 2],
    ["the successor, though the policy gives it no sequence any more", 3],
  ])("proves a rollback if it is by %s", (_who, number) => {
    const { state } = temporaryLedger().ledger;
    const shown = attestation({}, "white", testKey(number));
    expect(state.read((database) => judge(database, shown, sampleRoute(), [key, successor]))).toEqual({
      says: "rollback",
      presence: "absent",
    });
  });

  it.each([
    ["another deployment", { deployment: "other" }],
    ["another destination", { destination: 1n }],
    ["another scheme", { scheme: "verulink-aleo-ecdsa" }],
  ])("proves nothing if that key serves %s", (_what, changes) => {
    const { state } = temporaryLedger().ledger;
    const judged = state.read((database) =>
      judge(database, attestation(), sampleRoute(), [{ ...key, ...changes }, successor]),
    );
    expect(judged).toMatchObject({ says: "forged" });
  });
});

describe("a proof", () => {
  it("stands until a start finds it in the ledger, and may stand again later", async () => {
    const temporary = temporaryLedger();
    const { state } = temporary.ledger;
    const record = () => state.decide((transaction) => recordProof(transaction, attestation(), "absent", "chain-a"));
    expect(await record()).toBe(true);
    expect(await record(), "once").toBe(false);
    await state.decide(settleProofs);
    expect(state.read(standingProofs)).toMatchObject([{ client: "chain-a", attestation: attestation() }]);

    await temporary.ledger.reserve(sampleReservation());
    await state.decide(settleProofs);
    expect(state.read(standingProofs), "a reservation is not enough").toHaveLength(1);
    const { signature, signer, custody } = attestation();
    await temporary.ledger.release(ledgerIdOf(sampleReservation()), { signature, signer, custody });
    await state.decide(settleProofs);
    expect(state.read(standingProofs)).toEqual([]);
    expect(() => state.read((database) => database.exec("UPDATE rollback_proofs SET settled_at_ms = NULL"))).toThrow(
      /stays settled/,
    );
    expect(await record(), "found out anew").toBe(true);
    expect(temporary.reopen().state.read(standingProofs)).toHaveLength(1);
  });

  it("has a place in a ledger that was made before there were any", () => {
    const temporary = temporaryLedger();
    temporary.ledger.state.close();
    const old = new Database(temporary.file);
    old.exec(
      "DROP TABLE rollback_proofs; DROP TABLE standby; ALTER TABLE gate_proposals DROP COLUMN pin; DROP TABLE gate_sights",
    );
    old.pragma("user_version = 1");
    old.close();
    expect(temporary.reopen().state.read(standingProofs)).toEqual([]);
  });
});
