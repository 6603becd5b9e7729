import { AttestorError } from "../../shared/errors/index.ts";
import { formatPacketId } from "../../shared/packet/index.ts";
import type { SqliteDatabase } from "../../shared/sqlite/index.ts";
import type { Attestation } from "../../shared/wire/index.ts";
import { prepared, type SignerState, type Transaction } from "../state/index.ts";
import { highestWatermark, isClosedByImport } from "./closures.ts";
import type { Ledger, LedgerId, Release, Reservation, Reserved } from "./ledger.ts";
import {
  attestationIn,
  type ContentColumns,
  contentColumns,
  differingFields,
  idColumns,
  paddedSequence,
  type Row,
  reservationIn,
} from "./rows.ts";

const whereId = "deployment = @deployment AND source = @source AND destination = @destination AND sequence = @sequence";

export const selectStatement = `SELECT * FROM attestations WHERE ${whereId}`;

const statements = prepared((database) => ({
  select: database.prepare<object, Row>(selectStatement),
  selectReleased: database.prepare<object, Row>(`
    SELECT * FROM attestations
    WHERE source = @source AND destination = @destination AND sequence = @sequence AND state = 'SIGNED'
    ORDER BY deployment`),
  highest: database.prepare<object, { sequence: string | null }>(`
    SELECT max(sequence) AS sequence FROM attestations
    WHERE deployment = @deployment AND source = @source AND destination = @destination`),
  insert: database.prepare<ContentColumns & { state: "SIGNING" }>(insertStatement(["state"])),
  update: database.prepare<object>(`
    UPDATE attestations
    SET state = 'SIGNED', signature = @signature, signer = @signer, custody = @custody, released_at_ms = @now
    WHERE ${whereId} AND state = 'SIGNING'`),
}));

/** The ledger in the signer's state. */
export function ledgerIn(state: SignerState): Ledger {
  const rows = state.read(countRows);
  return {
    standing,
    highest({ database }, { deployment, source, destination }) {
      const id = { deployment, source: `${source}`, destination: `${destination}` };
      const found = statements(database).highest.get(id)?.sequence;
      const reserved = typeof found === "string" ? BigInt(found) : undefined;
      const imported = highestWatermark(database, { deployment, source, destination });
      return reserved === undefined || (imported !== undefined && imported > reserved) ? imported : reserved;
    },
    reserve(transaction, reservation, stands = standing(transaction, reservation)) {
      const { database, nowMs, afterCommit } = transaction;
      if (stands.state !== "absent") return stands;
      statements(database).insert.run({ ...contentColumns(reservation, nowMs), state: "SIGNING" });
      afterCommit(() => {
        rows.signing += 1;
      });
      return { state: "reserved" };
    },
    release({ database, nowMs, afterCommit }, id, added, reserved) {
      const { select, update } = statements(database);
      const columns = idColumns(id);
      const first = update.run({ ...columns, ...added, now: nowMs }).changes === 1;
      if (first) {
        afterCommit(() => {
          rows.signing -= 1;
          rows.signed += 1;
        });
        if (reserved) return { attestation: released(reserved, added), first };
      }
      const stored = select.get(columns);
      const attestation = stored && attestationIn(stored);
      if (attestation) return { attestation, first };
      throw new AttestorError("conflict", { reason: `Nothing is reserved for packet ${formatPacketId(id)}` });
    },
    find({ source, destination, sequence }) {
      const id = { source: `${source}`, destination: `${destination}`, sequence: paddedSequence(sequence) };
      const found = state.read((database) => statements(database).selectReleased.all(id));
      return found.map(attestationIn).filter((attestation) => attestation !== undefined);
    },
    rows: () => ({ ...rows }),
  };
}

/** The attestation that is read from a row which holds both. */
function released({ client: _, ...content }: Reservation, { signature, signer, custody }: Release): Attestation {
  return { ...content, signature, signer, custody };
}

function standing({ database, nowMs }: Transaction, reservation: Reservation): ReturnType<Ledger["standing"]> {
  const id = ledgerIdOf(reservation);
  const stored = statements(database).select.get(idColumns(id));
  const compared = stored ? compare(stored, contentColumns(reservation, nowMs)) : ({ state: "absent" } as const);
  const isLie = compared.state === "refused" && compared.code === "equivocation";
  const isOpen = isLie || stored?.state === "SIGNED" || !isClosedByImport(database, id);
  return isOpen ? compared : { state: "refused", code: "closed_by_import" };
}

function compare(stored: Row, asked: ContentColumns): Reserved {
  const differing = differingFields(stored, asked);
  if (differing.length > 0) {
    return { state: "refused", code: "equivocation", differing, stored: reservationIn(stored) };
  }
  const attestation = attestationIn(stored);
  if (stored.verdict !== asked.verdict) {
    return { state: "refused", code: "verdict_already_given", given: stored.verdict, attestation };
  }
  return attestation ? { state: "signed", attestation } : { state: "signing" };
}

export function ledgerIdOf(reservation: Pick<Reservation, "deployment" | "packet">): LedgerId {
  const { deployment, packet } = reservation;
  return {
    deployment,
    source: packet.source.chainId,
    destination: packet.destination.chainId,
    sequence: packet.sequence,
  };
}

/** @param more columns besides those of the content. */
export function insertStatement(more: readonly string[]): string {
  const content = `deployment source destination sequence version source_address destination_address dest_token_address
    sender_address amount receiver_address height verdict screening_source screening_version screened_at sources
    assurance client scheme packet_hash digest reserved_at_ms`.split(/\s+/);
  const columns = [...content, ...more];
  const values = columns.map((column) => `@${column}`);
  return `INSERT INTO attestations (${columns.join(", ")}) VALUES (${values.join(", ")})`;
}

/** Counted once; kept up to date from then on, because a scan of a large ledger takes seconds. */
function countRows(database: SqliteDatabase): { signing: number; signed: number } {
  const count = database.prepare<[string], { n: number }>("SELECT count(*) AS n FROM attestations WHERE state = ?");
  return { signing: count.get("SIGNING")?.n ?? 0, signed: count.get("SIGNED")?.n ?? 0 };
}
