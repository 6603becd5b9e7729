import type { HashText, VerdictResult } from "../../../shared/digest/index.ts";
import { type IdColumns, idColumns, type LedgerId, ledgerIdOf } from "../../ledger/index.ts";
import { prepared, type Transaction } from "../../state/index.ts";
import { pendingLimit } from "../holds/holdRecords.ts";
import type { Candidate } from "../rule.ts";

/** What one client says of a packet. */
export interface Proposal {
  readonly client: string;
  readonly packet_hash: HashText;
  readonly digest: HashText;
  readonly verdict: VerdictResult;
  readonly at_ms: number;
  /** Of the key that it was made with. */
  readonly pin: string | null;
}

const whereId = "deployment = @deployment AND source = @source AND destination = @destination AND sequence = @sequence";

const statements = prepared((database) => ({
  all: database.prepare<IdColumns, Proposal>(
    `SELECT client, packet_hash, digest, verdict, at_ms, pin FROM gate_proposals WHERE ${whereId} ORDER BY at_ms, client`,
  ),
  count: database.prepare<[string], { n: number }>("SELECT count(*) AS n FROM gate_proposals WHERE client = ?"),
  write: database.prepare<object>(`
    INSERT INTO gate_proposals
    VALUES (@deployment, @source, @destination, @sequence, @client, @packetHash, @digest, @verdict, @now, @pin)
    ON CONFLICT DO UPDATE SET packet_hash = @packetHash, digest = @digest, verdict = @verdict, at_ms = @now, pin = @pin`),
  remove: database.prepare<IdColumns>(`DELETE FROM gate_proposals WHERE ${whereId}`),
}));

/** Every client's proposal for a packet id, the oldest first. */
export function proposalsFor({ database }: Pick<Transaction, "database">, id: LedgerId): Proposal[] {
  return statements(database).all.all(idColumns(id));
}

/** Records what a client submitted, in place of what it submitted before. @returns false if it has too many pending. */
export function propose({ database, nowMs }: Transaction, candidate: Candidate, before: Proposal | undefined): boolean {
  const { request, packetHash, digest, pin } = candidate;
  if (before?.digest === digest && before.pin === pin) return true;
  const client = candidate.client.name;
  const { count, write } = statements(database);
  if (!before && (count.get(client)?.n ?? 0) >= pendingLimit) return false;
  const verdict = request.verdict.result;
  write.run({ ...idColumns(ledgerIdOf(request)), client, packetHash, digest, verdict, now: nowMs, pin });
  return true;
}

export function removeProposals({ database }: Transaction, id: LedgerId): void {
  statements(database).remove.run(idColumns(id));
}
