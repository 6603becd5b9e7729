import type { Hex, SignatureText } from "../../../shared/digest/index.ts";
import { AttestorError } from "../../../shared/errors/index.ts";
import { formatPacketId, packetIdOf } from "../../../shared/packet/index.ts";
import { releaseEntry } from "../../audit/index.ts";
import { prepared, type Transaction } from "../../state/index.ts";
import { addClosure, type SequenceRange } from "../closures.ts";
import type { LedgerId, Reservation } from "../ledger.ts";
import { attestationIn, type ContentColumns, contentColumns, differingFields, idColumns, type Row } from "../rows.ts";
import { insertStatement, ledgerIdOf, selectStatement } from "../sqliteLedger.ts";
import type { InterchangeDocument, InterchangeRecord, InterchangeWatermark } from "./format.ts";

/** What an import added. */
export interface ImportResult {
  /** Packets that the ledger did not know. */
  readonly added: number;
  /** Signatures that came for packets which the ledger had reserved and not released. */
  readonly completed: number;
  /** Packets that it knew with the same content. */
  readonly known: number;
  readonly watermarks: number;
}

type InsertColumns = ContentColumns & {
  readonly state: Row["state"];
  readonly signature: SignatureText | null;
  readonly signer: string | null;
  readonly custody: Row["custody"];
  readonly released_at_ms: number | null;
  readonly import: number;
};

const statements = prepared((database) => ({
  begin: database.prepare<object>("INSERT INTO imports (ledger, file_hash, at_ms) VALUES (@ledger, @fileHash, @now)"),
  select: database.prepare<object, Row>(selectStatement),
  insert: database.prepare<InsertColumns>(
    insertStatement("state signature signer custody released_at_ms import".split(" ")),
  ),
  complete: database.prepare<object, Row>(`
    UPDATE attestations
    SET state = 'SIGNED', signature = @signature, signer = @signer, custody = @custody, released_at_ms = @at
    WHERE deployment = @deployment AND source = @source AND destination = @destination AND sequence = @sequence
    RETURNING *`),
}));

/**
 * Takes over the history of another ledger: its records, and its watermarks, which close what they do not leave open.
 * Nothing is taken over if any record contradicts this ledger. The import itself is a record of the audit chain.
 *
 * @param fileHash SHA-256 of the file.
 * @throws AttestorError `conflict` naming the packet whose content differs.
 */
export function importHistory(transaction: Transaction, document: InterchangeDocument, fileHash: Hex): ImportResult {
  const { database, nowMs, record } = transaction;
  const begun = statements(database).begin.run({ ledger: document.ledger, fileHash, now: nowMs });
  const number = Number(begun.lastInsertRowid);
  const counts = { added: 0, completed: 0, known: 0 };
  for (const each of document.records) counts[takeOver(transaction, each, number)] += 1;
  for (const watermark of mergedWatermarks(document)) {
    addClosure(database, number, watermark, watermark);
  }
  const result = { ...counts, watermarks: document.watermarks.length };
  const texts = Object.entries(result).map(([name, count]) => [name, `${count}`]);
  record({ kind: "import", body: { ledger: document.ledger, fileHash, ...Object.fromEntries(texts) } });
  return result;
}

function takeOver(
  { database, record: append }: Transaction,
  record: InterchangeRecord,
  number: number,
): "added" | "completed" | "known" {
  const { reservedAt, release } = record;
  const content = contentColumns(reservationIn(record), reservedAt);
  const { select, insert, complete } = statements(database);
  const id = idColumns(ledgerIdOf(record));
  const stored = select.get(id);
  if (stored) refuseOtherContent(stored, content, record);
  if (stored && (!release || stored.state === "SIGNED")) return "known";
  if (stored && release) {
    const completed = complete.get({ ...id, ...release });
    const attestation = completed && attestationIn(completed);
    // the row is this ledger's own, and the audit chain has a release of each of those
    if (attestation) append(releaseEntry(attestation, undefined));
    return "completed";
  }
  insert.run({
    ...content,
    state: release ? "SIGNED" : "SIGNING",
    signature: release?.signature ?? null,
    signer: release?.signer ?? null,
    custody: release?.custody ?? null,
    released_at_ms: release?.at ?? null,
    import: number,
  });
  return "added";
}

function reservationIn({ reservedAt: _, release: __, ...reservation }: InterchangeRecord): Reservation {
  return reservation;
}

function refuseOtherContent(stored: Row, content: ContentColumns, { packet, deployment }: InterchangeRecord): void {
  const verdict = stored.verdict === content.verdict ? [] : ["verdict"];
  const differing = [...differingFields(stored, content), ...verdict];
  if (differing.length === 0) return;
  const name = `${formatPacketId(packetIdOf(packet))} of deployment ${deployment}`;
  const reason = `Packet ${name} is another one in this ledger: ${differing.join(", ")} differ. Nothing was imported`;
  throw new AttestorError("conflict", { reason });
}

/** A watermark with what may still be signed below it: the open sequences, and the packets whose record came along. */
function mergedWatermarks({ watermarks, records }: InterchangeDocument): InterchangeWatermark[] {
  const routes = Map.groupBy(watermarks, routeName);
  for (const [route, [, second]] of routes) {
    if (second)
      throw new AttestorError("conflict", { reason: `Route ${route} has two watermarks. Nothing was imported` });
  }
  const ids = Map.groupBy(records.map(ledgerIdOf), routeName);
  return watermarks.map((watermark) => {
    const along = (ids.get(routeName(watermark)) ?? []).map(({ sequence }) => ({ first: sequence, last: sequence }));
    const below = along.filter(({ last }) => last <= watermark.watermark);
    return { ...watermark, open: mergedRanges([...watermark.open, ...below]) };
  });
}

function routeName({ deployment, source, destination }: Omit<LedgerId, "sequence">): string {
  return `${deployment}/${source}/${destination}`;
}

function mergedRanges(ranges: readonly SequenceRange[]): SequenceRange[] {
  const merged: SequenceRange[] = [];
  for (const range of [...ranges].sort((a, b) => (a.first < b.first ? -1 : 1))) {
    const previous = merged.at(-1);
    if (!previous || range.first > previous.last + 1n) merged.push(range);
    else if (range.last > previous.last) merged[merged.length - 1] = { first: previous.first, last: range.last };
  }
  return merged;
}
