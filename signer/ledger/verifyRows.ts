import { digestScheme, type PacketDigest } from "../../shared/digest/index.ts";
import { attestationSigner } from "../../shared/signature/index.ts";
import type { SqliteDatabase } from "../../shared/sqlite/index.ts";
import { type ChainDigest, chainDigests, packetName } from "./chainDigests.ts";
import { attestationIn, type Row, reservationIn } from "./rows.ts";

export interface RowsReport {
  readonly signed: number;
  readonly signing: number;
  readonly imported: number;
  /** One sentence for each row that is not what it must be. */
  readonly problems: readonly string[];
}

/**
 * Looks whether every row shows by itself what it says: hashes are computed anew, each signature must be by its signer.
 * What this signer approved and released must be in the audit chain with the same digest and signature, and the other way
 * round, once.
 */
export function verifyRows(database: SqliteDatabase): RowsReport {
  const counts = { signed: 0, signing: 0, imported: 0 };
  const { ofPackets, problems: contradictions } = chainDigests(database);
  const problems = [...contradictions];
  const rows = database.prepare<[], Row & { readonly import: number | null }>("SELECT * FROM attestations");
  for (const row of rows.iterate()) {
    counts[row.state === "SIGNED" ? "signed" : "signing"] += 1;
    if (row.import !== null) counts.imported += 1;
    const name = packetName({ deployment: row.deployment, packet: packetIdIn(row) });
    const inChain = ofPackets.get(name);
    ofPackets.delete(name);
    const problem = problemOf(row, inChain);
    if (problem) problems.push(`${name}: ${problem}`);
  }
  for (const [name, { signature }] of ofPackets) {
    const what = signature === undefined ? "reservation" : "release";
    problems.push(`${name}: the audit chain has its ${what}, the ledger does not`);
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

function problemOf(
  row: Row & { readonly import: number | null },
  inChain: ChainDigest | undefined,
): string | undefined {
  const { packet_hash: packetHash, digest } = row;
  const expected = digestsOf(row);
  if (!expected) return "its content is no packet";
  if (packetHash !== expected.packetHash || digest !== expected.digest) return "its digest is not that of its content";
  const attestation = attestationIn(row);
  const released = inChain?.signature;
  if (!attestation && released !== undefined) return "the audit chain has its release, and here it is reserved only";
  if (attestation && attestationSigner(attestation.signature, digest) !== attestation.signer)
    return "its signature is not by its signer";
  if (attestation && released === undefined && row.import === null) return "the audit chain has no release of it";
  if (released !== undefined && released !== attestation?.signature)
    return "the audit chain has the release of another signature";
  return inChain && inChain.digest !== digest ? "the audit chain has another digest of it" : undefined;
}
