import { z } from "zod";
import { digestScheme, signatureText } from "../../../shared/digest/index.ts";
import { AttestorError } from "../../../shared/errors/index.ts";
import { formatPacketId, packetIdOf } from "../../../shared/packet/index.ts";
import { check, integer, name, printableAscii, unsigned } from "../../../shared/schema/index.ts";
import { attestationSigner } from "../../../shared/signature/index.ts";
import { attestationSchema, attestationToWire, custodyKinds } from "../../../shared/wire/index.ts";
import type { SequenceRange } from "../closures.ts";

/** Names the format in the file, with the version of its layout beside it. */
export const formatName = "hsm-attestor-ledger";

const time = z.iso.datetime({ error: "must be a time in RFC 3339, UTC" }).transform((text) => Date.parse(text));

const releaseSchema = z.strictObject({
  signature: signatureText,
  signer: printableAscii,
  custody: z.enum(custodyKinds),
  at: time,
});

/** A packet in the file, and in the answers of a running signer. */
export const recordSchema = attestationSchema.omit({ signature: true, signer: true, custody: true }).extend({
  client: name,
  reservedAt: time,
  release: releaseSchema.nullable(),
});
/** One packet with what was, or may be, signed for it. */
export type InterchangeRecord = z.output<typeof recordSchema>;

const rangeSchema = z
  .strictObject({ first: unsigned(64), last: unsigned(64) })
  .refine(({ first, last }) => first <= last, { error: "must not end before it begins" });

/** A watermark in the file, and in the answers of a running signer. */
export const watermarkSchema = z
  .strictObject({
    deployment: name,
    source: unsigned(128),
    destination: unsigned(128),
    watermark: unsigned(64),
    open: z.array(rangeSchema),
  })
  .superRefine(({ watermark, open }, context) => {
    const message = "must be sorted, apart from each other and not above the watermark";
    if (!areOrdered(open, watermark)) context.addIssue({ code: "custom", path: ["open"], message });
  });
/** On this route nothing but the open sequences and the ones whose record came along may be signed up to the watermark. */
export type InterchangeWatermark = z.output<typeof watermarkSchema>;

const documentSchema = z.strictObject({
  format: z.literal(formatName),
  version: integer(1, 1),
  ledger: z.string().regex(/^[0-9a-f]{32}$/, { error: "must be 32 hex digits" }),
  exportedAt: time,
  watermarks: z.array(watermarkSchema),
  records: z.array(recordSchema),
});
/** The history of a ledger, for another one to take over. `docs/ledger.md` describes it. */
export type InterchangeDocument = z.output<typeof documentSchema>;

function areOrdered(open: readonly SequenceRange[], watermark: bigint): boolean {
  return open.every(({ first, last }, index) => last <= watermark && first > (open[index - 1]?.last ?? -1n));
}

/**
 * Reads a document, and believes no record that does not show by itself what it says: its hashes are computed anew, its
 * signature must be by the signer that it names.
 *
 * @param value parsed by `parseJson`.
 * @throws AttestorError `invalid_field`.
 */
export function readInterchange(value: unknown): InterchangeDocument {
  const document = check(documentSchema, value, "the file");
  document.records.forEach((record, index) => {
    const problem = recordProblem(record);
    if (problem === undefined) return;
    const packet = formatPacketId(packetIdOf(record.packet));
    throw new AttestorError("invalid_field", { field: `records.${index}`, reason: `${problem} (packet ${packet})` });
  });
  return document;
}

function recordProblem({
  packet,
  verdict,
  scheme,
  packetHash,
  digest,
  release,
}: InterchangeRecord): string | undefined {
  const expected = digestScheme(scheme).digestOf(packet, verdict.result);
  if (packetHash !== expected.packetHash) return "packetHash is not that of the packet";
  if (digest !== expected.digest) return "digest is not that of packet and verdict";
  if (release && attestationSigner(release.signature, digest) !== release.signer)
    return "signature is not by the signer";
  return undefined;
}

export function recordToWire({ reservedAt, release, ...others }: InterchangeRecord): Readonly<Record<string, unknown>> {
  const released = release && { ...release, at: new Date(release.at).toISOString() };
  return { ...attestationToWire(others), reservedAt: new Date(reservedAt).toISOString(), release: released };
}
