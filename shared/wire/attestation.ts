import { z } from "zod";
import {
  type HashText,
  hashText,
  type SchemeName,
  type SignatureText,
  schemeName,
  signatureText,
  type VerdictResult,
  verdictResults,
} from "../digest/index.ts";
import { type Packet, packetSchema, packetToWire } from "../packet/index.ts";
import { name, printableAscii } from "../schema/index.ts";

/** The result of address screening for one packet, with where it came from. */
export interface Verdict {
  readonly result: VerdictResult;
  /** Name of the screening source. */
  readonly source: string;
  /** Version of its list at the time. */
  readonly version: string;
  /** When it was decided, RFC 3339, UTC. */
  readonly screenedAt: string;
}

/** What vouches for the content, from weak to strong: one client's word, K distinct clients, evidence checked here. */
export type Assurance = "claimed" | `agreed-${number}` | "proved";

/** Where the signing key lives. */
export const custodyKinds = ["hsm", "kms", "sealed-software"] as const;
export type Custody = (typeof custodyKinds)[number];

/** How many providers of the source chain said so: `single`, or `q-of-n`. Stated by the client, recorded, never compared. */
export type Sources = "single" | `${number}-of-${number}`;

/** A signed statement of one attestor: this deployment's packet, with this verdict. */
export interface Attestation {
  readonly deployment: string;
  readonly packet: Packet;
  readonly verdict: Verdict;
  readonly scheme: SchemeName;
  readonly packetHash: HashText;
  readonly digest: HashText;
  /** 65 bytes r ‖ s ‖ v, low s, v 27 or 28; of a sealed Aleo key its `sign1…`. */
  readonly signature: SignatureText;
  /** The attestor's EVM address, which an Aleo program that verifies ECDSA knows it by too; of a sealed Aleo key `aleo1…`. */
  readonly signer: string;
  readonly assurance: Assurance;
  readonly custody: Custody;
  readonly sources: Sources;
}

/** What a client asks the signer for. */
export type AttestationRequest = Pick<Attestation, "deployment" | "packet" | "verdict" | "sources">;

/** What an attestor hands to the collector; digest and signer are recomputed there, so they are not sent. */
export type AttestationSubmission = AttestationRequest & Pick<Attestation, "signature" | "assurance" | "custody">;

const utcTime = "must be a time in RFC 3339, UTC, such as 2026-01-31T12:00:00Z";

const verdictSchema = z.strictObject({
  result: z.enum(verdictResults),
  source: printableAscii,
  version: printableAscii,
  screenedAt: z.iso.datetime({ error: utcTime }).max(30, { error: utcTime }),
});

const sourcesSchema = z
  .string()
  .regex(/^(single|[1-9][0-9]?-of-[1-9][0-9]?)$/, { error: 'must be "single" or of the form q-of-n' })
  .refine(isPossible, { error: "must not count more providers than there are" })
  .transform((text) => text as Sources);

function isPossible(sources: string): boolean {
  const [agreed = 1, asked = 1] = sources.match(/[0-9]+/g)?.map(Number) ?? [];
  return agreed <= asked;
}

/** What vouches for a content, as configurations and answers write it. */
export const assuranceSchema = z
  .string()
  .regex(/^(claimed|proved|agreed-[1-9][0-9]?)$/, { error: "must be claimed, agreed-K or proved" })
  .transform((text) => text as Assurance);

const requestFields = { deployment: name, packet: packetSchema, verdict: verdictSchema, sources: sourcesSchema };

/** Body of the signer's `POST /v1/attestations`. */
export const attestationRequestSchema = z.strictObject(requestFields);

/** Body of the collector's `POST /v1/attestations`. */
export const attestationSubmissionSchema = z.strictObject({
  ...requestFields,
  signature: signatureText,
  assurance: assuranceSchema,
  custody: z.enum(custodyKinds),
});

/** An attestation as the signer's answers and the collector's reads carry it. */
export const attestationSchema = z.strictObject({
  ...requestFields,
  scheme: schemeName,
  packetHash: hashText,
  digest: hashText,
  signature: signatureText,
  signer: printableAscii,
  assurance: assuranceSchema,
  custody: z.enum(custodyKinds),
});

/** Any of the shapes above as plain data for `stringifyJson`, the packet in Verulink's keys. */
export function attestationToWire<T extends AttestationRequest>(value: T): Record<string, unknown> {
  return { ...value, packet: packetToWire(value.packet) };
}
