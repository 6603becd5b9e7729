import type { SqliteDatabase } from "../../shared/sqlite/index.ts";
import { readRecord } from "../audit/index.ts";

/** What the audit chain says of one packet: the digest that was approved or released, and its signature once it was. */
export interface ChainDigest {
  readonly deployment: string;
  readonly packet: string;
  readonly digest: string;
  /** Undefined while the chain has approvals of it alone. */
  readonly signature: string | undefined;
}

export interface ChainDigests {
  /** The latest word on each packet, by {@link packetName}. */
  readonly ofPackets: Map<string, ChainDigest>;
  /** One sentence for each packet that has two: a row that was taken away to have another one signed leaves its records behind. */
  readonly problems: readonly string[];
}

/** Collects every approval and every release that the audit chain records. */
export function chainDigests(database: SqliteDatabase): ChainDigests {
  const ofPackets = new Map<string, ChainDigest>();
  const problems: string[] = [];
  const records = database.prepare<[], { record: string }>("SELECT record FROM audit ORDER BY sequence");
  for (const { record } of records.iterate()) {
    const found = digestIn(record);
    if (!found) continue;
    const name = packetName(found);
    const before = ofPackets.get(name);
    const problem = before && contradiction(before, found);
    if (problem) problems.push(`${name}: ${problem}`);
    ofPackets.set(name, { ...found, signature: found.signature ?? before?.signature });
  }
  return { ofPackets, problems };
}

/** What a packet is called in problems. */
export function packetName({ deployment, packet }: Pick<ChainDigest, "deployment" | "packet">): string {
  return `packet ${packet} of deployment ${deployment}`;
}

/** An answer that repeats itself is approved again, and released once. */
function contradiction(before: ChainDigest, found: ChainDigest): string | undefined {
  if (before.signature !== undefined && found.signature !== undefined) {
    return "the audit chain has more than one release of it";
  }
  return before.digest === found.digest ? undefined : "the audit chain has more than one digest of it";
}

function digestIn(record: string): ChainDigest | undefined {
  const { kind, body } = readRecord(record);
  const isApproval = kind === "decision" && body.outcome === "approved";
  if (kind !== "release" && !isApproval) return undefined;
  const text = (name: string) => String(body[name]);
  const signature = isApproval ? undefined : text("signature");
  return { deployment: text("deployment"), packet: text("packet"), digest: text("digest"), signature };
}
