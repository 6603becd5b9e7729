import Database from "better-sqlite3";
import { SigningKey } from "ethers";
import { describe, expect, it } from "vitest";
import { systemClock } from "../../../shared/clock/index.ts";
import type { Hex } from "../../../shared/digest/index.ts";
import { addressOfPublicKey, publicKeyFromHex } from "../../../shared/ecdsa/index.ts";
import { parseJson } from "../../../shared/json/index.ts";
import { decisionEntry, releaseEntry } from "../../../signer/audit/index.ts";
import { importHistory, ledgerIdOf, type Reservation, readInterchange } from "../../../signer/ledger/index.ts";
import { exportLedger, verifyLedger } from "../../../signer/ledger/offline.ts";
import { testKey } from "../../support/testKeeper.ts";
import { sampleReservation } from "../samples.ts";
import { type OpenLedger, openLedger, temporaryLedger } from "./temporaryLedger.ts";

const key = new SigningKey(testKey(2).privateKey);
const signer = addressOfPublicKey(publicKeyFromHex(testKey(2).publicKey) ?? new Uint8Array());

/** A ledger at rest: 7 and 8 released and recorded, 9 reserved. */
async function restingLedger(): Promise<string> {
  const { file, ledger } = temporaryLedger();
  for (const sequence of [7n, 8n]) await releaseIn(ledger, sampleReservation({ sequence }));
  await ledger.reserve(sampleReservation({ sequence: 9n }));
  ledger.state.close();
  return file;
}

/** Reserves a packet with the record of its approval. */
async function approve(ledger: OpenLedger, reservation: Reservation): Promise<void> {
  await ledger.state.decide((transaction) => {
    ledger.ledger.reserve(transaction, reservation);
    const decision = { asked: reservation, policy: "1", outcome: "approved", rule: "ledger", inputs: {} } as const;
    transaction.record(decisionEntry(decision));
  });
}

async function releaseIn(ledger: OpenLedger, reservation: Reservation): Promise<void> {
  await ledger.reserve(reservation);
  const signature = key.sign(reservation.digest).serialized as Hex;
  await ledger.state.decide((transaction) => {
    const release = { signature, signer, custody: "hsm" as const };
    const { attestation } = ledger.ledger.release(transaction, ledgerIdOf(reservation), release);
    transaction.record(releaseEntry(attestation, "to-two"));
  });
}

function exportOf(file: string): string {
  let text = "";
  exportLedger(file, { minimal: false, clock: systemClock }, (piece) => {
    text += piece;
  });
  return text;
}

const importInto = ({ state }: OpenLedger, text: string) =>
  state.decide((transaction) => importHistory(transaction, readInterchange(parseJson(text)), `0x${"ab".repeat(32)}`));

/** What whoever owns the host can do to the rows. */
function spoil(file: string, sql: string): void {
  const database = new Database(file);
  const triggers = database.prepare("SELECT name FROM sqlite_schema WHERE type = 'trigger'").pluck().all();
  for (const name of triggers) database.exec(`DROP TRIGGER ${String(name)}`);
  database.exec(sql);
  database.close();
}

describe("verifying a ledger's rows", () => {
  it("finds nothing in a sound one", async () => {
    expect(verifyLedger(await restingLedger())).toEqual({ signed: 2, signing: 1, imported: 0, problems: [] });
  });

  it("finds nothing in one whose reserved packet was completed by an import", async () => {
    const { file, ledger } = temporaryLedger();
    await ledger.reserve(sampleReservation());
    await importInto(ledger, exportOf(await restingLedger()));
    ledger.state.close();
    expect(verifyLedger(file)).toEqual({ signed: 2, signing: 1, imported: 2, problems: [] });
  });

  it("finds a packet that was released twice, although its row fits the later release", async () => {
    const file = await restingLedger();
    spoil(file, "DELETE FROM attestations WHERE sequence LIKE '%7'");
    const again = openLedger(file);
    await releaseIn(again, sampleReservation({ sequence: 7n, height: 101n }));
    again.state.close();
    expect(verifyLedger(file).problems).toEqual([
      "packet 1/2/7 of deployment local: the audit chain has more than one release of it",
    ]);
  });

  it("finds a reservation that was taken away, whether or not another one has its place", async () => {
    const { file, ledger } = temporaryLedger();
    for (const sequence of [7n, 8n]) await approve(ledger, sampleReservation({ sequence }));
    ledger.state.close();
    expect(verifyLedger(file).problems).toEqual([]);
    spoil(file, "DELETE FROM attestations");
    const again = openLedger(file);
    await approve(again, sampleReservation({ sequence: 7n, height: 101n }));
    await releaseIn(again, sampleReservation({ sequence: 7n, height: 101n }));
    again.state.close();
    expect(verifyLedger(file).problems).toEqual([
      "packet 1/2/7 of deployment local: the audit chain has more than one digest of it",
      "packet 1/2/8 of deployment local: the audit chain has its reservation, the ledger does not",
    ]);
  });

  const seven = "WHERE sequence LIKE '%7'";
  it.each([
    ["another amount", `UPDATE attestations SET amount = '11' ${seven}`, "its digest is not that of its content"],
    [
      "another verdict",
      `UPDATE attestations SET verdict = 'flagged' ${seven}`,
      "its digest is not that of its content",
    ],
    [
      "another signer",
      `UPDATE attestations SET signer = '${signer.replace(/.$/, "0")}' ${seven}`,
      "its signature is not by its signer",
    ],
    [
      "no release",
      `UPDATE attestations SET state = 'SIGNING', signature = NULL, signer = NULL, custody = NULL, released_at_ms = NULL ${seven}`,
      "the audit chain has its release, and here it is reserved only",
    ],
    [
      "a content that is no packet",
      `UPDATE attestations SET source_address = '${"é".repeat(3)}' ${seven}`,
      "its content is no packet",
    ],
    ["no row", `DELETE FROM attestations ${seven}`, "the audit chain has its release, the ledger does not"],
    ["no record", "DELETE FROM audit WHERE record LIKE '%1/2/7%'", "the audit chain has no release of it"],
  ])("finds %s", async (_what, sql, problem) => {
    const file = await restingLedger();
    spoil(file, sql);
    expect(verifyLedger(file).problems).toEqual([`packet 1/2/7 of deployment local: ${problem}`]);
  });
});
