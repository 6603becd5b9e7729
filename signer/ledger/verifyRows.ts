import { digestScheme, type PacketDigest } from "../../shared/digest/index.ts";
import { attestationSigner } from "../../shared/signature/index.ts";
import type { SqliteDatabase } from "../../shared/sqlite/index.ts";
import { attestationIn, type Row, reservationIn } from "./rows.ts";

/** A row of the ledger as the audit chain knows it. */
export interface ReleasedDigest {
  readonly deployment: string;
  readonly packet: string;
  readonly digest: string;
  readonly signature: string;
}

export interface RowsReport {
  readonly signed: number;
  readonly signing: number;
  readonly imported: number;
  /** One sentence for each row that is not what it must be. */
  readonly problems: readonly string[];
}

/**
 * Looks whether every row shows by itself what it says: hashes are computed anew, each signature must be by its signer.
 * What this signer released must be in the audit chain with the same signature, and the other way round, once: a row that was
 * taken away to have another one signed leaves its release behind.
 *
 * @param released every release that the audit chain records.
 */
export function verifyRows(database: SqliteDatabase, released: Iterable<ReleasedDigest>): RowsReport {
  const counts = { signed: 0, signing: 0, imported: 0 };
  const problems: string[] = [];
  const inChain = new Map<string, ReleasedDigest>();
  for (const release of released) {
    const { packet, deployment } = release;
    if (inChain.has(nameOf(release))) {
      problems.push(`packet ${packet} of deployment ${deployment}: the audit chain has more than one release of it`);
    }
    inChain.set(nameOf(release), release);
  }
  const rows = database.prepare<[], Row & { readonly import: number | null }>("SELECT * FROM attestations");
  for (const row of rows.iterate()) {
    counts[row.state === "SIGNED" ? "signed" : "signing"] += 1;
    if (row.import !== null) counts.imported += 1;
    const packet = packetIdIn(row);
    const name = nameOf({ deployment: row.deployment, packet });
    const release = inChain.get(name);
    inChain.delete(name);
    const problem = problemOf(row, release);
    if (problem) problems.push(`packet ${packet} of deployment ${row.deployment}: ${problem}`);
  }
  for (const { packet, deployment } of inChain.values()) {
    problems.push(`packet ${packet} of deployment ${deployment}: the audit chain has its release, the ledger does not`);
  }
  return { ...counts, problems };
}

/** Without a look at whether the row is sound: whoever tampered with it may have written anything. */
function packetIdIn({ source, destination, sequence }: Row): string {
  return `${source}/${destination}/${`${sequence}`.replace(/^0+(?=.)/, "")}`;
}

/** What the row's content hashes to; undefined if it is no packet, which only tampering or a broken disk leaves. */
function digestsOf(row: Row): PacketDigest | undefined {
  try {
    const { packet, verdict, scheme } = reservationIn(row);
    return digestScheme(scheme).digestOf(packet, verdict.result);
  } catch {
    return undefined;
  }
}

function nameOf({ deployment, packet }: Pick<ReleasedDigest, "deployment" | "packet">): string {
  return `${deployment} ${packet}`;
}

function problemOf(
  row: Row & { readonly import: number | null },
  release: ReleasedDigest | undefined,
): string | undefined {
  const { packet_hash: packetHash, digest } = row;
  const expected = digestsOf(row);
  if (!expected) return "its content is no packet";
  if (packetHash !== expected.packetHash || digest !== expected.digest) return "its digest is not that of its content";
  const attestation = attestationIn(row);
  if (!attestation) return release && "the audit chain has its release, and here it is reserved only";
  if (attestationSigner(attestation.signature, digest) !== attestation.signer)
    return "its signature is not by its signer";
  if (release === undefined) return row.import === null ? "the audit chain has no release of it" : undefined;
  const isSame = release.digest === digest && release.signature === attestation.signature;
  return isSame ? undefined : "the audit chain has the release of another signature";
}
