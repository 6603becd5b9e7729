import { writeFileSync } from "node:fs";
import path from "node:path";
import Database from "better-sqlite3";
import { describe, expect, onTestFinished, test } from "vitest";
import { releaseEntry, verifyAudit } from "../../../signer/audit/index.ts";
import { ledgerIdOf } from "../../../signer/ledger/index.ts";
import { verifyLedger } from "../../../signer/ledger/offline.ts";
import { stateKind } from "../../../signer/state/schema.ts";
import { faultsOf, makeOlderDatabase, migrationHashes, rowsOf, sameRows } from "../../shared/sqlite/olderDatabase.ts";
import { temporaryFolder } from "../../shared/temporaryFolder.ts";
import { openLedger } from "../ledger/temporaryLedger.ts";
import { sampleReservation } from "../samples.ts";
import {
  fillOlder,
  imported,
  keptCheckpoint,
  ledgerId,
  olderRecords,
  reservationOf,
  reservedOnly,
  signatureOf,
  signedHere,
  signer,
} from "./olderRows.ts";

const versions = stateKind.migrations.map((_migration, index) => index + 1);

/** A ledger of that version at rest, with what is read of it before today's signer has touched it. */
function olderLedger(version: number) {
  const file = path.join(temporaryFolder(), "ledger.sqlite");
  makeOlderDatabase(file, stateKind, version, (database) => fillOlder(database, version));
  const open = () => {
    const ledger = openLedger(file);
    onTestFinished(() => ledger.state.close());
    return ledger;
  };
  return { file, before: rowsOf(file), open };
}

/** Rows of Aleo are in ledgers of version 4 and are made up here: no key signed them. */
const withoutAleo = (problems: readonly string[]) => problems.filter((each) => !each.includes("deployment aleo"));

test("no migration that a ledger had is edited afterwards", () => {
  expect(migrationHashes(stateKind)).toEqual([
    "177be74f3b5632d3",
    "8b3dbabb3ea9a217",
    "0ca80f844fff1a23",
    "1002e316f9d13646",
    "6939411237ed9e4b",
    "d72ca2910daa16c5",
  ]);
});

describe.each(versions)("a ledger of version %i", (version) => {
  test("keeps every row when it is opened, and is whole", () => {
    const { file, before, open } = olderLedger(version);
    open().state.close();
    for (const [table, rows] of Object.entries(before)) {
      if (version >= 3 || table !== "standby") expect(rows.length, table).toBeGreaterThan(0);
    }
    const rows = sameRows(before, rowsOf(file));
    expect(rows.after).toEqual(rows.before);
    expect(faultsOf(file)).toEqual([]);
  });

  test("keeps the hashes of its audit chain, which a checkpoint kept outside still vouches for", () => {
    const { file, before, open } = olderLedger(version);
    const checkpoints = path.join(path.dirname(file), "checkpoints");
    writeFileSync(checkpoints, keptCheckpoint(String(before.audit?.at(-1)?.hash)));
    const sound = { records: olderRecords, ledger: ledgerId, problems: [], vouched: olderRecords };
    expect(verifyAudit(file, { checkpoints })).toEqual(sound);
    open().state.close();
    expect(verifyAudit(file, { checkpoints })).toEqual(sound);
  });

  test("still shows by each row and by the chain what it signed", () => {
    const { file, open } = olderLedger(version);
    open().state.close();
    const { problems, ...counts } = verifyLedger(file);
    expect(withoutAleo(problems)).toEqual([]);
    expect(counts).toEqual({ signed: version >= 4 ? 4 : 3, signing: 1, imported: 1 });
  });

  test("signs nothing else for what it reserved, signed, imported or closed", async () => {
    const ledger = olderLedger(version).open();
    for (const sequence of [...signedHere, imported]) {
      const { digest, verdict } = reservationOf(sequence);
      expect(await ledger.reserve(reservationOf(sequence))).toMatchObject({
        state: "signed",
        attestation: { digest, verdict, signer, signature: signatureOf(digest) },
      });
      expect(await ledger.reserve(sampleReservation({ sequence, message: { amount: 11n } }))).toMatchObject({
        state: "refused",
        code: "equivocation",
      });
    }
    expect(await ledger.reserve(reservationOf(reservedOnly))).toEqual({ state: "signing" });
    expect(await ledger.reserve(sampleReservation({ sequence: reservedOnly }, "flagged"))).toMatchObject({
      code: "verdict_already_given",
    });
    const closed = { state: "refused", code: "closed_by_import" };
    for (const sequence of [1n, 3n, 5n]) expect(await ledger.reserve(reservationOf(sequence))).toEqual(closed);
    expect(await ledger.reserve(reservationOf(4n)), "left open").toEqual({ state: "reserved" });
  });

  test("still refuses any program that changes what was signed or recorded", () => {
    const { file, open } = olderLedger(version);
    open().state.close();
    const database = new Database(file);
    for (const sql of [
      "DELETE FROM attestations",
      "UPDATE attestations SET amount = '11'",
      "UPDATE audit SET hash = hash",
      "DELETE FROM audit",
      "DELETE FROM closures",
      "DELETE FROM gate_spendings",
      "UPDATE identity SET ledger = ledger",
      ...(version >= 2 ? ["DELETE FROM rollback_proofs"] : []),
      ...(version >= 3 ? ["DELETE FROM standby"] : []),
    ]) {
      expect(() => database.exec(sql), sql).toThrow(expect.objectContaining({ code: "SQLITE_CONSTRAINT_TRIGGER" }));
    }
    database.close();
  });

  test("goes on: releases what it had reserved and one more packet, and its chain stays sound", async () => {
    const { file, open } = olderLedger(version);
    const ledger = open();
    expect([ledger.state.id, ledger.state.binding]).toEqual([ledgerId, "database"]);
    expect(await ledger.reserve(reservationOf(10n))).toEqual({ state: "reserved" });
    for (const sequence of [reservedOnly, 10n]) {
      const reservation = reservationOf(sequence);
      const release = { signature: signatureOf(reservation.digest), signer, custody: "hsm" as const };
      await ledger.state.decide((transaction) => {
        const { attestation } = ledger.ledger.release(transaction, ledgerIdOf(reservation), release);
        transaction.record(releaseEntry(attestation, "to-two"));
      });
    }
    const signed = version >= 4 ? 6 : 5;
    expect(ledger.rows()).toEqual({ signing: 0, signed });
    ledger.state.close();
    const { problems, ...counts } = verifyLedger(file);
    expect(withoutAleo(problems)).toEqual([]);
    expect(counts).toEqual({ signed, signing: 0, imported: 1 });
    expect(verifyAudit(file)).toMatchObject({ records: olderRecords + 2, problems: [] });
  });
});
