import type { Clock } from "../../shared/clock/index.ts";
import { AttestorError, faultName } from "../../shared/errors/index.ts";
import { formatPacketId } from "../../shared/packet/index.ts";
import { openDatabase, type SqliteDatabase } from "../../shared/sqlite/index.ts";
import type { Attestation } from "../../shared/wire/index.ts";
import type { Ledger, LedgerId, Release, Reservation, Reserved } from "./ledger.ts";
import {
  attestationIn,
  type ContentColumns,
  contentColumns,
  differingFields,
  idColumns,
  paddedSequence,
  type Row,
} from "./rows.ts";
import { ledgerKind } from "./schema.ts";

/**
 * Makes a new, empty ledger: a step of the key ceremony, because an empty ledger forgets what was signed.
 *
 * @throws AttestorError `database_exists`, `database_unusable`.
 */
export function createLedger(file: string): void {
  openDatabase(file, ledgerKind, "create").close();
}

/**
 * Opens the ledger that is there, for this process alone.
 *
 * @param howToCreate told to the reader when it is missing.
 * @throws AttestorError `database_missing`, `database_in_use`, `database_unusable`.
 */
export function openLedger(file: string, clock: Clock, howToCreate: string): Ledger {
  return ledgerIn(openDatabase(file, ledgerKind, "existing", howToCreate), clock);
}

const whereId = "deployment = @deployment AND source = @source AND destination = @destination AND sequence = @sequence";

function ledgerIn(database: SqliteDatabase, clock: Clock): Ledger {
  const select = database.prepare<object, Row>(`SELECT * FROM attestations WHERE ${whereId}`);
  const selectReleased = database.prepare<object, Row>(`
    SELECT * FROM attestations
    WHERE source = @source AND destination = @destination AND sequence = @sequence AND state = 'SIGNED'
    ORDER BY deployment`);
  const insert = database.prepare<ContentColumns>(insertStatement());
  const update = database.prepare<object>(`
    UPDATE attestations
    SET state = 'SIGNED', signature = @signature, signer = @signer, custody = @custody, released_at_ms = @now
    WHERE ${whereId} AND state = 'SIGNING'`);
  const rows = countRows(database);

  const reserve = database.transaction((reservation: Reservation): Reserved => {
    const asked = contentColumns(reservation, clock.now());
    const stored = select.get(idColumns(ledgerIdOf(reservation)));
    if (stored) return compare(stored, asked);
    insert.run(asked);
    return { state: "reserved" };
  });

  const release = database.transaction((id: LedgerId, added: Release): { attestation: Attestation; first: boolean } => {
    const first = update.run({ ...idColumns(id), ...added, now: clock.now() }).changes === 1;
    const stored = select.get(idColumns(id));
    const attestation = stored && attestationIn(stored);
    if (attestation) return { attestation, first };
    throw new AttestorError("conflict", { reason: `Nothing is reserved for packet ${formatPacketId(id)}` });
  });

  return {
    async reserve(reservation) {
      const reserved = reserve.immediate(reservation);
      if (reserved.state === "reserved") rows.signing += 1;
      return reserved;
    },
    async release(id, added) {
      const { attestation, first } = release.immediate(id, added);
      if (first) {
        rows.signing -= 1;
        rows.signed += 1;
      }
      return attestation;
    },
    async find({ source, destination, sequence }) {
      const found = selectReleased.all({
        source: source.toString(),
        destination: destination.toString(),
        sequence: paddedSequence(sequence),
      });
      return found.map(attestationIn).filter((attestation) => attestation !== undefined);
    },
    rows: () => ({ ...rows }),
    fault() {
      if (!database.open) return "it is closed";
      try {
        database.prepare("SELECT 1 FROM attestations LIMIT 1").get();
        return undefined;
      } catch (error) {
        return faultName(error);
      }
    },
    close: () => database.close(),
  };
}

function compare(stored: Row, asked: ContentColumns): Reserved {
  const differing = differingFields(stored, asked);
  if (differing.length > 0) return { state: "refused", code: "equivocation", differing };
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

function insertStatement(): string {
  const columns = `deployment source destination sequence version source_address destination_address dest_token_address
    sender_address amount receiver_address height verdict screening_source screening_version screened_at sources
    assurance client scheme packet_hash digest reserved_at_ms`.split(/\s+/);
  const values = columns.map((column) => `@${column}`);
  return `INSERT INTO attestations (${columns.join(", ")}, state) VALUES (${values.join(", ")}, 'SIGNING')`;
}

/** Counted once; kept up to date from then on, because a scan of a large ledger takes seconds. */
function countRows(database: SqliteDatabase): { signing: number; signed: number } {
  const count = database.prepare<[string], { n: number }>("SELECT count(*) AS n FROM attestations WHERE state = ?");
  return { signing: count.get("SIGNING")?.n ?? 0, signed: count.get("SIGNED")?.n ?? 0 };
}
