import { parseJson } from "../../../shared/json/index.ts";
import { formatPacketId } from "../../../shared/packet/index.ts";
import type { SqliteDatabase } from "../../../shared/sqlite/index.ts";
import type { Policy } from "../../policy/index.ts";
import { prepared } from "../../state/index.ts";
import { mayAskFor } from "../clientRights.ts";
import { approvalsNeeded, liveApprovals, requestersOf } from "../holds/approvals.ts";
import { type HoldRow, rulesOf } from "../holds/holdRecords.ts";
import { firstSight } from "../holds/sights.ts";
import type { Inputs } from "../outcome.ts";
import { scopeOf } from "../pause/pauses.ts";

/** A hold as operators see it. Times are RFC 3339, UTC, in the gate's time. */
export interface HoldView {
  readonly id: string;
  readonly reason: "review" | "announced";
  /** `released` and `dropped` say what the next request for this content will meet. */
  readonly state: "waiting" | "released" | "dropped" | "expired";
  readonly deployment: string;
  readonly packetId: string;
  readonly route: string;
  /** What an operator names to act on the hold: it stands for packet and verdict. */
  readonly digest: string;
  /** What was asked for, in the wire format. */
  readonly request: unknown;
  readonly clients: readonly string[];
  /** What each rule that wants people to look saw. */
  readonly rules: Readonly<Record<string, Inputs>>;
  readonly since: string;
  /**
   * When a review expires; when an announced packet's wait is over, if its route still has one and a client the key that
   * announced it.
   */
  readonly until: string | null;
  /** Operators whose approval counts now. */
  readonly approvals: readonly string[];
  readonly droppedBy: string | null;
}

/** A packet that too few clients agree on. */
export interface AgreementView {
  readonly deployment: string;
  readonly packetId: string;
  readonly proposals: readonly { client: string; packetHash: string; verdict: string; since: string }[];
}

export type PendingCounts = Record<"review" | "announced" | "agreement", number>;

interface ProposalRow {
  readonly deployment: string;
  readonly source: string;
  readonly destination: string;
  readonly sequence: string;
  readonly client: string;
  readonly packet_hash: string;
  readonly verdict: string;
  readonly at_ms: number;
}

const statements = prepared((database) => ({
  after: database.prepare<[number, number], HoldRow>("SELECT * FROM gate_holds WHERE id > ? ORDER BY id LIMIT ?"),
  one: database.prepare<[number], HoldRow>("SELECT * FROM gate_holds WHERE id = ?"),
  proposals: database.prepare<[number], ProposalRow>(`
    SELECT p.* FROM gate_proposals AS p
    JOIN (SELECT DISTINCT deployment, source, destination, sequence FROM gate_proposals LIMIT ?)
    USING (deployment, source, destination, sequence)
    ORDER BY p.deployment, p.source, p.destination, p.sequence, p.at_ms`),
  counts: database.prepare<[number], { reason: "review" | "announced"; n: number }>(`
    SELECT reason, count(*) AS n FROM gate_holds
    WHERE dropped_by IS NULL AND coalesce(expires_ms > ?, TRUE) GROUP BY reason`),
  agreement: database.prepare<[], { n: number }>(
    "SELECT count(*) AS n FROM (SELECT DISTINCT deployment, source, destination, sequence FROM gate_proposals)",
  ),
}));

/** What the views are made with: the database, the gate's time, the policy in force. */
export interface ViewContext {
  readonly database: SqliteDatabase;
  readonly nowMs: number;
  readonly policy: Policy;
}

/** Holds with a higher id, in order. */
export function holdViews(context: ViewContext, after: number, limit: number): HoldView[] {
  const rows = statements(context.database).after.all(after, limit);
  return rows.map((row) => viewOf(context, row));
}

export function holdView(context: ViewContext, id: number): HoldView | undefined {
  const row = statements(context.database).one.get(id);
  return row && viewOf(context, row);
}

/** Packets that wait for agreement, with what each client says of them. */
export function agreementViews(database: SqliteDatabase, limit: number): AgreementView[] {
  const views = new Map<string, AgreementView & { proposals: AgreementView["proposals"][number][] }>();
  for (const row of statements(database).proposals.all(limit)) {
    const { deployment, client, packet_hash: packetHash, verdict, at_ms } = row;
    const packetId = packetIdIn(row);
    const view = views.get(`${deployment} ${packetId}`) ?? { deployment, packetId, proposals: [] };
    view.proposals.push({ client, packetHash, verdict, since: timeOf(at_ms) });
    views.set(`${deployment} ${packetId}`, view);
  }
  return [...views.values()];
}

/** How many packets wait, by why; what was dropped or has expired waits no more. */
export function pendingCounts(database: SqliteDatabase, nowMs: number): PendingCounts {
  const { counts, agreement } = statements(database);
  const found = { review: 0, announced: 0, agreement: agreement.get()?.n ?? 0 };
  for (const { reason, n } of counts.all(nowMs)) found[reason] = n;
  return found;
}

function viewOf(context: ViewContext, row: HoldRow): HoldView {
  const { database, policy } = context;
  const approvals = liveApprovals(context, row, policy.operators).map(({ operator }) => operator);
  const until = row.expires_ms ?? announcedUntil(context, row);
  return {
    id: `${row.id}`,
    reason: row.reason,
    state: stateOf(row, approvals.length, context.nowMs),
    deployment: row.deployment,
    packetId: packetIdIn(row),
    route: row.route,
    digest: row.digest,
    request: parseJson(row.request),
    clients: [...new Set([row.client, ...requestersOf({ database }, row).map(({ client }) => client)])],
    rules: Object.fromEntries(rulesOf({ database }, row).map(({ rule, inputs }) => [rule, inputs])),
    since: timeOf(row.since_ms),
    until: until === undefined ? null : timeOf(until),
    approvals,
    droppedBy: row.dropped_by,
  };
}

function stateOf({ reason, dropped_by, expires_ms }: HoldRow, approvals: number, nowMs: number): HoldView["state"] {
  if (dropped_by !== null) return "dropped";
  if (reason === "review" && approvals >= approvalsNeeded) return "released";
  return expires_ms !== null && expires_ms <= nowMs ? "expired" : "waiting";
}

function announcedUntil({ database, policy }: ViewContext, row: HoldRow): number | undefined {
  const scope = `${row.deployment}/${row.source}/${row.destination}`;
  const route = policy.routes.find((each) => scopeOf(each) === scope);
  if (route?.signerWait === undefined) return undefined;
  const since = firstSight({ database }, row, policy.clients.filter(mayAskFor(route)));
  return since === undefined ? undefined : since + route.signerWait;
}

function packetIdIn({ source, destination, sequence }: Pick<HoldRow, "source" | "destination" | "sequence">): string {
  return formatPacketId({ source: BigInt(source), destination: BigInt(destination), sequence: BigInt(sequence) });
}

function timeOf(milliseconds: number): string {
  return new Date(milliseconds).toISOString();
}
