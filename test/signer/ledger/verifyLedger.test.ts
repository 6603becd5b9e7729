import Database from "better-sqlite3";
import { SigningKey } from "ethers";
import { describe, expect, it } from "vitest";
import type { Hex } from "../../../shared/digest/index.ts";
import { addressOfPublicKey, publicKeyFromHex } from "../../../shared/ecdsa/index.ts";
import { releaseEntry } from "../../../signer/audit/index.ts";
import { ledgerIdOf } from "../../../signer/ledger/index.ts";
import { verifyLedger } from "../../../signer/ledger/offline.ts";
import { testKey } from "../../support/testKeeper.ts";
import { sampleReservation } from "../samples.ts";
import { temporaryLedger } from "./temporaryLedger.ts";

const key = new SigningKey(testKey(2).privateKey);
const signer = addressOfPublicKey(publicKeyFromHex(testKey(2).publicKey) ?? new Uint8Array());

/** A ledger at rest: 7 and 8 released and recorded, 9 reserved. */
async function restingLedger(): Promise<string> {
  const { file, ledger } = temporaryLedger();
  for (const sequence of [7n, 8n, 9n]) {
    const reservation = sampleReservation({ sequence });
    await ledger.reserve(reservation);
    if (sequence === 9n) continue;
    const signature = key.sign(reservation.digest).serialized as Hex;
    await ledger.state.decide((transaction) => {
      const release = { signature, signer, custody: "hsm" as const };
      const { attestation } = ledger.ledger.release(transaction, ledgerIdOf(reservation), release);
      transaction.record(releaseEntry(attestation, "to-two"));
    });
  }
  ledger.state.close();
  return file;
}

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
