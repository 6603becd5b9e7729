import { parseJson, stringifyJson } from "../../shared/json/index.ts";
import { formatPacketId, packetIdOf } from "../../shared/packet/index.ts";
import { check } from "../../shared/schema/index.ts";
import type { SqliteDatabase } from "../../shared/sqlite/index.ts";
import { type Attestation, attestationSchema, attestationToWire } from "../../shared/wire/index.ts";
import { idColumns, ledgerIdOf, type Presence, presenceOf } from "../ledger/index.ts";
import { prepared, type Transaction } from "../state/index.ts";

/** How an attestation stands in a ledger that ought to have it and does not. */
export type Missing = Exclude<Presence, "released" | "closed">;

/** An attestation by our own key that the ledger does not have: the ledger is an older copy. */
export interface RollbackProof {
  readonly id: number;
  readonly attestation: Attestation;
  /** How it stood in the ledger when the client showed it. */
  readonly presence: Missing;
  /** Who holds it. */
  readonly client: string;
  readonly provedAtMs: number;
}

interface ProofRow {
  readonly id: number;
  readonly attestation: string;
  readonly presence: Missing;
  readonly client: string;
  readonly proved_at_ms: number;
}

const standing = "SELECT * FROM rollback_proofs WHERE settled_at_ms IS NULL ORDER BY id";

const statements = prepared((database) => ({
  all: database.prepare<[], ProofRow>(standing),
  first: database.prepare<[], ProofRow>(`${standing} LIMIT 1`),
  insert: database.prepare<object>(`
    INSERT INTO rollback_proofs
      (deployment, source, destination, sequence, digest, signature, attestation, presence, client, proved_at_ms)
    VALUES
      (@deployment, @source, @destination, @sequence, @digest, @signature, @attestation, @presence, @client, @now)
    ON CONFLICT DO NOTHING`),
  settle: database.prepare<[number, number]>("UPDATE rollback_proofs SET settled_at_ms = ? WHERE id = ?"),
}));

/** Every proof that stands, the oldest first. */
export function standingProofs(database: SqliteDatabase): RollbackProof[] {
  return statements(database).all.all().map(proofIn);
}

/** The oldest proof that stands. */
export function standingProof(database: SqliteDatabase): RollbackProof | undefined {
  const row = statements(database).first.get();
  return row && proofIn(row);
}

/** Records a proof and its alarm. @returns false if this very one stands already. */
export function recordProof(
  { database, nowMs, record }: Transaction,
  attestation: Attestation,
  presence: Missing,
  client: string,
): boolean {
  const { digest, signature } = attestation;
  const row = {
    ...idColumns(ledgerIdOf(attestation)),
    ...{ digest, signature, presence, client, now: nowMs },
    attestation: stringifyJson(attestationToWire(attestation)),
  };
  if (statements(database).insert.run(row).changes === 0) return false;
  record({ kind: "alarm", body: { code: "rollback", client, presence, signature, ...proofFields(attestation) } });
  return true;
}

/** Settles what the ledger has got since, or closed: its history was imported while the signer was stopped. */
export function settleProofs(transaction: Transaction): void {
  const { database, nowMs, record } = transaction;
  for (const { id, attestation } of standingProofs(database)) {
    const presence = presenceOf(database, ledgerIdOf(attestation), attestation);
    if (presence !== "released" && presence !== "closed") continue;
    statements(database).settle.run(nowMs, id);
    record({ kind: "newest", body: { event: "settled", presence, ...proofFields(attestation) } });
  }
}

/** What names a proof to people. */
export function proofFields({ deployment, packet, digest }: Attestation) {
  return { deployment, packet: formatPacketId(packetIdOf(packet)), digest };
}

function proofIn(row: ProofRow): RollbackProof {
  return {
    id: row.id,
    attestation: check(attestationSchema, parseJson(row.attestation), "attestation"),
    presence: row.presence,
    client: row.client,
    provedAtMs: row.proved_at_ms,
  };
}
