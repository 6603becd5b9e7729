import type { HashText } from "../../../shared/digest/index.ts";
import { stringifyJson } from "../../../shared/json/index.ts";
import { attestationToWire } from "../../../shared/wire/index.ts";
import { type IdColumns, idColumns, type LedgerId, ledgerIdOf } from "../../ledger/index.ts";
import { prepared, type Transaction } from "../../state/index.ts";
import type { Inputs, RuleId } from "../outcome.ts";
import type { Candidate } from "../rule.ts";

/** Holds that have a record: those that people end, and those that began with a first sight. */
export type RecordedReason = "review" | "announced";

/** A row of `gate_holds`. */
export interface HoldRow extends IdColumns {
  readonly id: number;
  readonly reason: RecordedReason;
  readonly digest: HashText;
  /** Name that the route had then. */
  readonly route: string;
  /** Who asked first. */
  readonly client: string;
  /** What was asked for, as JSON in the wire format. */
  readonly request: string;
  readonly since_ms: number;
  readonly expires_ms: number | null;
  readonly dropped_by: string | null;
}

/** A hold that an operator dropped. */
export type DroppedHold = HoldRow & { readonly dropped_by: string };

/** Most holds of one kind that one client may have pending: a stolen key must not fill the disk. */
export const pendingLimit = 10_000;

const whereContent = `deployment = @deployment AND source = @source AND destination = @destination
  AND sequence = @sequence AND digest = @digest`;

const statements = prepared((database) => ({
  find: database.prepare<object, HoldRow>(`SELECT * FROM gate_holds WHERE ${whereContent} AND reason = @reason`),
  dropped: database.prepare<object, DroppedHold>(
    `SELECT * FROM gate_holds WHERE ${whereContent} AND dropped_by IS NOT NULL`,
  ),
  pending: database.prepare<object, { n: number }>(`
    SELECT count(*) AS n FROM gate_holds
    WHERE client = @client AND reason = @reason AND dropped_by IS NULL AND coalesce(expires_ms > @now, TRUE)`),
  insert: database.prepare<object, HoldRow>(`
    INSERT INTO gate_holds
      (reason, deployment, source, destination, sequence, digest, route, client, request, since_ms, expires_ms)
    VALUES (@reason, @deployment, @source, @destination, @sequence, @digest, @route, @client, @request, @now, @expires)
    RETURNING *`),
  rule: database.prepare<object>(`
    INSERT INTO gate_hold_rules VALUES (@hold, @rule, @inputs) ON CONFLICT DO UPDATE SET inputs = @inputs`),
  rules: database.prepare<[number], { rule: RuleId; inputs: string }>(
    "SELECT rule, inputs FROM gate_hold_rules WHERE hold = ? ORDER BY rule",
  ),
  requester: database.prepare<object>(
    "INSERT INTO gate_hold_requesters VALUES (@hold, @client, @pin) ON CONFLICT DO NOTHING",
  ),
  remove: database.prepare<[number]>("DELETE FROM gate_holds WHERE id = ?"),
  removeOfPacket: database.prepare<IdColumns>(`
    DELETE FROM gate_holds
    WHERE deployment = @deployment AND source = @source AND destination = @destination AND sequence = @sequence`),
}));

export function findHold(
  { database }: Transaction,
  reason: RecordedReason,
  { request, digest }: Candidate,
): HoldRow | undefined {
  return statements(database).find.get({ ...idColumns(ledgerIdOf(request)), digest, reason });
}

/**
 * The oldest hold of a content that is dropped, whatever it waited for. There is one of each kind at most, so that they are sorted
 * here: SQLite would make a table to sort them in, for every packet, which takes six times as long as to look.
 */
export function droppedHold({ database }: Transaction, { request, digest }: Candidate): DroppedHold | undefined {
  const dropped = statements(database).dropped.all({ ...idColumns(ledgerIdOf(request)), digest });
  return dropped.sort((a, b) => a.id - b.id)[0];
}

/**
 * Records that a content waits.
 *
 * @param lifetime until it expires, in milliseconds; none for an announcement.
 * @returns undefined if its client has too many holds pending already.
 */
export function openHold(
  { database, nowMs }: Transaction,
  reason: RecordedReason,
  { client, request, route, digest }: Candidate,
  lifetime?: number,
): HoldRow | undefined {
  const { pending, insert } = statements(database);
  const count = pending.get({ client: client.name, reason, now: nowMs })?.n ?? 0;
  if (count >= pendingLimit) return undefined;
  return insert.get({
    ...idColumns(ledgerIdOf(request)),
    reason,
    digest,
    route: route.name,
    client: client.name,
    request: stringifyJson(attestationToWire(request)),
    now: nowMs,
    expires: lifetime === undefined ? null : nowMs + lifetime,
  });
}

/** Adds a rule that wants people to look, with what it saw. @returns whether it is new to this hold. */
export function addRule({ database }: Transaction, hold: HoldRow, rule: RuleId, inputs: Inputs): boolean {
  const { rules, rule: upsert } = statements(database);
  const isNew = !rules.all(hold.id).some((known) => known.rule === rule);
  upsert.run({ hold: hold.id, rule, inputs: JSON.stringify(inputs) });
  return isNew;
}

export function rulesOf(
  { database }: Pick<Transaction, "database">,
  hold: HoldRow,
): { rule: RuleId; inputs: Inputs }[] {
  const rows = statements(database).rules.all(hold.id);
  return rows.map(({ rule, inputs }) => ({ rule, inputs: JSON.parse(inputs) as Inputs }));
}

/** Remembers who asks, by every key: none of them may approve. */
export function addRequester({ database }: Transaction, hold: HoldRow, client: Candidate["client"]): void {
  for (const pin of client.pins) statements(database).requester.run({ hold: hold.id, client: client.name, pin });
}

export function removeHold({ database }: Transaction, hold: HoldRow): void {
  statements(database).remove.run(hold.id);
}

/** A packet that is reserved waits no more, and no other content with its id ever will be signed. */
export function settleHolds({ database }: Transaction, id: LedgerId): void {
  statements(database).removeOfPacket.run(idColumns(id));
}
