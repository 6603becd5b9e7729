import { readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { SigningKey } from "ethers";
import fc from "fast-check";
import { expect } from "vitest";
import { systemClock } from "../../../shared/clock/index.ts";
import type { Hex } from "../../../shared/digest/index.ts";
import { addressOfPublicKey, publicKeyFromHex } from "../../../shared/ecdsa/index.ts";
import { AttestorError } from "../../../shared/errors/index.ts";
import { checkpointLine } from "../../../signer/audit/checkpoint.ts";
import { type ChainReport, chainHead, explainPacket, releaseEntry, verifyAudit } from "../../../signer/audit/index.ts";
import { ledgerIdOf } from "../../../signer/ledger/index.ts";
import { exportLedger, importLedger, verifyInterchange, verifyLedger } from "../../../signer/ledger/offline.ts";
import { openCopy } from "../../../signer/state/index.ts";
import { temporaryFolder } from "../../shared/temporaryFolder.ts";
import { assertAlways } from "../../support/assertAlways.ts";
import { spoiltJson, spoiltText } from "../../support/spoilt.ts";
import { testKeeper, testKey } from "../../support/testKeeper.ts";
import { openLedger, temporaryLedger } from "../ledger/temporaryLedger.ts";
import { sampleReservation } from "../samples.ts";

const auditKey = addressOfPublicKey(publicKeyFromHex(testKey(9).publicKey) ?? new Uint8Array());
const signer = addressOfPublicKey(publicKeyFromHex(testKey(2).publicKey) ?? new Uint8Array());
const packets = [7n, 8n, 9n];

/** What is thrown must be one of these; anything else is a fault. @returns what was not refused. */
function unless<T>(codes: readonly string[], act: () => T): T | undefined {
  try {
    return act();
  } catch (error) {
    if (error instanceof AttestorError && codes.includes(error.code)) return undefined;
    throw error;
  }
}

/** A ledger at rest with three packets, two of them signed, and checkpoints of two moments in a file of their own. */
async function restingLedger() {
  const { file, ledger } = temporaryLedger();
  const { state } = ledger;
  const key = new SigningKey(testKey(2).privateKey);
  const lines: string[] = [];
  for (const sequence of packets) {
    const reservation = sampleReservation({ sequence });
    await ledger.reserve(reservation);
    if (sequence === 9n) continue;
    const release = { signature: key.sign(reservation.digest).serialized as Hex, signer, custody: "hsm" } as const;
    await state.decide((transaction) => {
      const { attestation } = ledger.ledger.release(transaction, ledgerIdOf(reservation), release);
      transaction.record(releaseEntry(attestation, "to-two"));
    });
    const checkpoint = { ledger: state.id, ...state.read(chainHead), atMs: 1_000 };
    const signature = await testKeeper([], { audit: 9 }).checkpoint({ key: "audit", ...checkpoint });
    lines.push(`${checkpointLine({ ...checkpoint, signer: auditKey, signature })}\n`);
  }
  state.close();
  const checkpoints = path.join(path.dirname(file), "kept.jsonl");
  writeFileSync(checkpoints, lines.join(""));
  return { file, checkpoints };
}

/** Spoilt checkpoints vouch for no more than the ones that they were made of, and never for another chain. */
export async function fuzzCheckpoints(runs: number): Promise<void> {
  const { file, checkpoints } = await restingLedger();
  const text = readFileSync(checkpoints, "utf8");
  const sound = verifyAudit(file, { checkpoints, auditKey });
  expect(sound.problems).toEqual([]);
  const [line = ""] = text.split("\n");
  const spoilt = fc.oneof(
    spoiltText(text),
    spoiltJson(JSON.parse(line)).map((each) => `${each}\n`),
  );
  const property = fc.property(spoilt, (changed) => {
    writeFileSync(checkpoints, changed);
    const report = unless(["usage"], () => verifyAudit(file, { checkpoints, auditKey }));
    expect(report?.vouched ?? 0).toBeLessThanOrEqual(sound.vouched);
  });
  await assertAlways("checkpoints", property, runs);
}

/**
 * Whatever bytes of a ledger's file are changed: it is verified, refused, or found changed. What vouching checkpoints
 * vouch for is what was written.
 */
export async function fuzzLedgerFile(runs: number): Promise<void> {
  const { file, checkpoints } = await restingLedger();
  const original = readFileSync(file);
  const codes = ["database_missing", "database_unusable", "database_in_use"];
  const sound = records(file);
  const change = fc.array(fc.tuple(fc.nat(original.length - 1), fc.nat(255)), { minLength: 1, maxLength: 40 });
  const spoilt = fc.oneof(
    change.map((changes) => {
      const bytes = Buffer.from(original);
      for (const [at, byte] of changes) bytes[at] = byte;
      return bytes;
    }),
    fc.nat(original.length).map((length) => original.subarray(0, length)),
    // within the page of a table, where the texts are
    fc
      .tuple(
        fc.nat(Math.floor(original.length / 4_096) - 1),
        fc.uint8Array({ minLength: 1, maxLength: 64 }),
        fc.nat(4_000),
      )
      .map(([page, noise, at]) => {
        const bytes = Buffer.from(original);
        bytes.set(noise, page * 4_096 + at);
        return bytes;
      }),
  );
  const property = fc.property(spoilt, (bytes) => {
    writeFileSync(file, bytes);
    const report: ChainReport | undefined = unless(codes, () => verifyAudit(file, { checkpoints, auditKey }));
    unless(codes, () => explainPacket(file, "1/2/7"));
    unless(codes, () => verifyLedger(file));
    if (report && report.vouched > 0) {
      expect(records(file).slice(0, report.vouched)).toEqual(sound.slice(0, report.vouched));
    }
  });
  await assertAlways("a ledger's file", property, runs);
}

/** Every record of the chain, as a reader of the file finds it. */
function records(file: string): readonly string[] {
  using copy = openCopy(file);
  return copy.database.prepare<[], string>("SELECT record FROM audit ORDER BY sequence").pluck().all();
}

/** A spoilt history is refused, or taken over as what it says: no digest is believed that its packet does not have. */
export async function fuzzInterchange(runs: number): Promise<void> {
  const { file } = await restingLedger();
  const pieces: string[] = [];
  exportLedger(file, { minimal: false, clock: systemClock }, (piece) => void pieces.push(piece));
  const text = pieces.join("");
  const history = path.join(temporaryFolder(), "history.json");
  const spoilt = fc.oneof(spoiltText(text), spoiltJson(JSON.parse(text)));
  const fresh = temporaryLedger();
  fresh.ledger.state.close();
  const empty = readFileSync(fresh.file);
  const property = fc.asyncProperty(spoilt, async (changed) => {
    writeFileSync(history, changed);
    const found = unless(["usage", "malformed_json", "invalid_field"], () => verifyInterchange(history));
    writeFileSync(fresh.file, empty);
    const imported = await importLedger(fresh.file, history, systemClock).then(
      () => true,
      (error: unknown) => {
        if (
          error instanceof AttestorError &&
          ["usage", "malformed_json", "invalid_field", "conflict"].includes(error.code)
        ) {
          return false;
        }
        throw error;
      },
    );
    if (!imported) return;
    expect(found).toBeDefined();
    expect(verifyLedger(fresh.file).problems).toEqual([]);
    const opened = openLedger(fresh.file);
    try {
      for (const { deployment, packet } of packets.flatMap((sequence) =>
        opened.find({ source: 1n, destination: 2n, sequence }),
      )) {
        const other = sampleReservation({ sequence: packet.sequence, height: packet.height + 1n }, "white", {
          deployment,
        });
        expect(await opened.reserve(other)).toMatchObject({ state: "refused" });
      }
    } finally {
      opened.state.close();
    }
  });
  await assertAlways("interchange files", property, runs);
}
