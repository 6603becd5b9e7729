import { prepared } from "../state/prepared.ts";
import type { Transaction } from "../state/state.ts";
import { type Decision, decisionEntry } from "./decision.ts";
import { isFirstDenial } from "./denials.ts";
import type { AuditEntry } from "./entry.ts";

/** How long an identical decision or alarm is not recorded again, in milliseconds. */
const repetitionPeriod = 3_600_000;

/** What makes two records of one kind about one packet say the same. */
const identity = ["client", "deployment", "digest", "outcome", "rule", "reason", "policy", "code"] as const;

const statements = prepared((database) => ({
  same: database.prepare<object, { sequence: number }>(`
    SELECT sequence FROM audit
    WHERE packet = @packet AND kind = @kind AND json_extract(record, '$.at') > @after
      ${identity.map((field) => `AND json_extract(record, '$.body.${field}') IS @${field}`).join(" ")}
    ORDER BY sequence DESC LIMIT 1`),
}));

/**
 * Records a decision. Clients ask again and again for what is held or failed, and for what they have got already: the same
 * decision on the same content is recorded once an hour. Denials of one client by one rule are counted for a minute.
 */
export function recordDecision(transaction: Transaction, decision: Decision): void {
  if (decision.outcome === "denied") {
    if (isFirstDenial(transaction, decision.asked.client, decision.rule)) transaction.record(decisionEntry(decision));
    return;
  }
  recordUnlessRecent(transaction, decisionEntry(decision));
}

/** Records what is about a packet, unless the last hour has a record that says the same. */
export function recordUnlessRecent(transaction: Transaction, entry: AuditEntry): void {
  const after = new Date(transaction.nowMs - repetitionPeriod).toISOString();
  const values = Object.fromEntries(identity.map((field) => [field, entry.body[field] ?? null]));
  const query = { ...values, packet: entry.body.packet, kind: entry.kind, after };
  if (!statements(transaction.database).same.get(query)) transaction.record(entry);
}
