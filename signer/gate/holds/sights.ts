import type { Client } from "../../policy/index.ts";
import { prepared, type Transaction } from "../../state/index.ts";
import type { Candidate } from "../rule.ts";
import type { HoldRow } from "./holdRecords.ts";

/** When a key first announced a content. */
interface Sight {
  readonly client: string;
  readonly pin: string;
  readonly at_ms: number;
}

const statements = prepared((database) => ({
  all: database.prepare<[number], Sight>("SELECT client, pin, at_ms FROM gate_sights WHERE hold = ? ORDER BY at_ms"),
  insert: database.prepare<object>("INSERT INTO gate_sights VALUES (@hold, @client, @pin, @now)"),
}));

/** Remembers that this key announced it. @returns whether it did so for the first time. */
export function addSight({ database, nowMs }: Transaction, hold: HoldRow, { client, pin }: Candidate): boolean {
  const { all, insert } = statements(database);
  const isKnown = all.all(hold.id).some((sight) => sight.client === client.name && sight.pin === pin);
  if (!isKnown) insert.run({ hold: hold.id, client: client.name, pin, now: nowMs });
  return !isKnown;
}

/**
 * The first sight that counts, in milliseconds since 1970.
 *
 * @param entitled clients of the policy in force that may ask for the content. What was announced with a key that is not
 * theirs any more does not count.
 * @returns undefined if nobody's does.
 */
export function firstSight(
  { database }: Pick<Transaction, "database">,
  hold: HoldRow,
  entitled: readonly Client[],
): number | undefined {
  const counts = ({ client, pin }: Sight) => entitled.some(({ name, pins }) => name === client && pins.includes(pin));
  return statements(database).all.all(hold.id).find(counts)?.at_ms;
}
