import { createHash } from "node:crypto";
import type Database from "better-sqlite3";
import { SigningKey } from "ethers";
import type { Hex } from "../../../shared/digest/index.ts";
import { addressOfPublicKey, publicKeyFromHex } from "../../../shared/ecdsa/index.ts";
import { insertRow } from "../../shared/sqlite/olderDatabase.ts";
import { testKey } from "../../support/testKeeper.ts";
import { sampleReservation } from "../samples.ts";

export const ledgerId = "0123456789abcdef0123456789abcdef";
export const otherLedger = "f".repeat(32);
const hash = (letter: string) => `0x${letter.repeat(64)}`;

const key = new SigningKey(testKey(2).privateKey);
export const signer = addressOfPublicKey(publicKeyFromHex(testKey(2).publicKey) ?? new Uint8Array());
export const signatureOf = (digest: string) => key.sign(digest).serialized as Hex;

/** Sequences by what the ledger has of them; 1 to 5 are closed by an import, but for 4. */
export const signedHere = [7n, 9n] as const;
export const reservedOnly = 8n;
export const imported = 2n;
export const reservationOf = (sequence: bigint) =>
  sampleReservation({ sequence }, sequence === 9n ? "flagged" : "white");

/** Number of records in the audit chain of every older ledger. */
export const olderRecords = 4;

/** Rows that are valid in a ledger of that version, in SQL: the signer's statements are those of the newest version. */
export function fillOlder(database: Database.Database, version: number): void {
  insertRow(database, "identity", { only: 1, ledger: ledgerId, binding: "database", created_at_ms: 1 });
  insertRow(database, "policies", { version: 1, hash: hash("a"), text: "policy", operators: "[]", since_ms: 1 });
  const statement = { hash: hash("b"), statement: "resume", operators: '["olga"]', spent_at_ms: 2 };
  insertRow(database, "spent_statements", statement);

  insertRow(database, "imports", { number: 1, ledger: otherLedger, file_hash: hash("c"), at_ms: 2 });
  const route = { deployment: "local", source: "1", destination: "2" };
  insertRow(database, "closures", { ...route, import: 1, watermark: padded(5n) });
  insertRow(database, "openings", { ...route, import: 1, first: padded(4n), last: padded(4n) });
  insertAttestation(database, imported, { import: 1, signed: true });
  insertAttestation(database, reservedOnly, { import: null, signed: false });
  for (const sequence of signedHere) insertAttestation(database, sequence, { import: null, signed: true });

  const records = [
    { body: { ledger: ledgerId, binding: "database" }, kind: "ledger" },
    ...signedHere.map((sequence) => ({ body: releaseOf(sequence), kind: "release" })),
    { body: { code: "clock" }, kind: "alarm" },
  ];
  appendRecords(database, records);
  const head = database.prepare("SELECT hash FROM audit WHERE sequence = 2").pluck().get();
  insertRow(database, "checkpoints", { size: 2, head, at_ms: 3, signer, signature: signatureOf(hash("d")) });
  insertRow(database, "denials", { client: "chain-a", rule: "amount", since_ms: 1, latest_ms: 2, count: 3 });
  fillGate(database, route);

  if (version >= 2) fillProofs(database, route);
  if (version >= 3) insertRow(database, "standby", { only: 1, of_ledger: otherLedger, took_over_at_ms: 3 });
  if (version >= 4) {
    const fields = { packet_hash: "1field", digest: "2field", signature: `sign1${"q".repeat(211)}` };
    insertAttestation(database, 7n, { import: null, signed: true, changes: { deployment: "aleo", ...fields } });
  }
  if (version >= 5) database.exec("UPDATE gate_proposals SET pin = 'p'");
  if (version >= 6) insertRow(database, "gate_sights", { hold: 5, client: "c", pin: "p", at_ms: 1 });
}

/** The checkpoint of all older records that somebody kept outside, as a line of a checkpoint file. */
export function keptCheckpoint(head: string): string {
  const at = "2026-01-31T12:00:00.000Z";
  const signature = signatureOf(hash("e"));
  return `${JSON.stringify({ ledger: ledgerId, size: `${olderRecords}`, head, at, signer, signature })}\n`;
}

const padded = (sequence: bigint) => `${sequence}`.padStart(20, "0");

function insertAttestation(
  database: Database.Database,
  sequence: bigint,
  { signed, changes = {}, ...more }: { import: number | null; signed: boolean; changes?: Record<string, string> },
): void {
  const { packet, verdict, packetHash, digest, scheme, client, assurance, sources } = reservationOf(sequence);
  insertRow(database, "attestations", {
    deployment: "local",
    source: `${packet.source.chainId}`,
    destination: `${packet.destination.chainId}`,
    sequence: padded(sequence),
    version: packet.version,
    source_address: packet.source.address,
    destination_address: packet.destination.address,
    dest_token_address: packet.message.destTokenAddress,
    sender_address: packet.message.senderAddress,
    amount: `${packet.message.amount}`,
    receiver_address: packet.message.receiverAddress,
    height: `${packet.height}`,
    verdict: verdict.result,
    screening_source: verdict.source,
    screening_version: verdict.version,
    screened_at: verdict.screenedAt,
    packet_hash: packetHash,
    reserved_at_ms: 2,
    state: signed ? "SIGNED" : "SIGNING",
    signature: signed ? signatureOf(digest) : null,
    signer: signed ? signer : null,
    custody: signed ? "hsm" : null,
    released_at_ms: signed ? 3 : null,
    ...{ sources, assurance, client, scheme, digest },
    ...more,
    ...changes,
  });
}

function releaseOf(sequence: bigint) {
  const { digest } = reservationOf(sequence);
  return { deployment: "local", digest, packet: `1/2/${sequence}`, signature: signatureOf(digest) };
}

/** Chained as the chain's format says, by code of this test alone. */
function appendRecords(database: Database.Database, records: readonly { kind: string; body: object }[]): void {
  let head = Buffer.alloc(32);
  records.forEach(({ body, kind }, index) => {
    const sorted = Object.fromEntries(Object.entries(body).sort(([a], [b]) => (a < b ? -1 : 1)));
    const at = "2026-01-31T12:00:00.000Z";
    const record = JSON.stringify({ at, body: sorted, kind, sequence: `${index + 1}` });
    head = createHash("sha256").update("hsm-attestor/audit/v1:").update(head).update(record).digest();
    insertRow(database, "audit", { sequence: index + 1, record, hash: `0x${head.toString("hex")}` });
  });
}

function fillGate(database: Database.Database, route: Record<string, string>): void {
  const packet = { ...route, sequence: "7" };
  const clock = { only: 1, latest_ms: 5, shift_ms: 0, wall_ms: 5, monotonic_ms: 5, run: "r", jump_id: 0 };
  insertRow(database, "gate_clock", clock);
  insertRow(database, "gate_spendings", { ...packet, token: "t", amount: "10", at_ms: 2 });
  insertRow(database, "gate_windows", { ...route, token: "t", after_ms: 1, sum: "10" });
  const hold = { id: 5, reason: "review", digest: hash("1"), route: "r", client: "c", request: "{}" };
  insertRow(database, "gate_holds", { ...packet, ...hold, since_ms: 1, expires_ms: 9 });
  insertRow(database, "gate_hold_rules", { hold: 5, rule: "amount", inputs: "{}" });
  insertRow(database, "gate_hold_requesters", { hold: 5, client: "c", pin: "p" });
  insertRow(database, "gate_hold_approvals", { hold: 5, operator: "olga", pin: "p", at_ms: 2 });
  const proposal = { client: "c", packet_hash: hash("2"), digest: hash("1"), verdict: "white", at_ms: 1 };
  insertRow(database, "gate_proposals", { ...packet, ...proposal });
  insertRow(database, "gate_pauses", { id: 3, scope: "everything", paused_by: "olga", note: "n", since_ms: 4 });
}

function fillProofs(database: Database.Database, route: Record<string, string>): void {
  const proof = { digest: hash("1"), signature: "0x", attestation: "{}", presence: "absent", client: "c" };
  insertRow(database, "rollback_proofs", {
    ...route,
    sequence: padded(6n),
    ...proof,
    proved_at_ms: 1,
    settled_at_ms: 2,
  });
  insertRow(database, "rollback_proofs", { ...route, sequence: padded(6n), ...proof, proved_at_ms: 3 });
}
