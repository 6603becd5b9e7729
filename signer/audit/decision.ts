import { formatPacketId, packetIdOf, packetToWire } from "../../shared/packet/index.ts";
import type { Attestation } from "../../shared/wire/index.ts";
import type { Reservation } from "../ledger/index.ts";
import type { AuditEntry, AuditValue } from "./entry.ts";

/** Who asked, for what. What would be signed is missing where a rule refused before that was looked at. */
export type Asked = Pick<Reservation, "client" | "deployment" | "packet" | "verdict" | "sources"> &
  Partial<Pick<Reservation, "packetHash" | "digest" | "assurance">>;

/** What the gate decided on a request. */
export interface Decision {
  readonly asked: Asked;
  /** Missing, as the key is, where a rule refused before they were looked at. */
  readonly route?: string;
  readonly key?: string;
  /** Version of the policy that it was decided by. */
  readonly policy: string;
  readonly outcome: "approved" | "held" | "denied" | "failed";
  /** The rule that decided, with what it looked at. */
  readonly rule: string;
  readonly inputs: Readonly<Record<string, string>>;
  /** What each rule that let it through looked at. */
  readonly checked?: Readonly<Record<string, Readonly<Record<string, string>>>>;
  /** A hold's reason, or the code of a refusal. */
  readonly reason?: string;
}

/** The record of a decision. */
export function decisionEntry(decision: Decision): AuditEntry {
  const { asked, route, key, policy, outcome, rule, inputs, reason, checked } = decision;
  return {
    kind: "decision",
    body: {
      ...requestBody(asked),
      ...(route ? { route } : {}),
      ...(key ? { key } : {}),
      ...{ policy, outcome, rule, inputs },
      ...(reason ? { reason } : {}),
      ...(checked ? { checked } : {}),
    },
  };
}

/** The record of a signature that may leave from now on. */
export function releaseEntry(attestation: Attestation, key: string): AuditEntry {
  const { deployment, packet, verdict, packetHash, digest, signature, signer, assurance, custody } = attestation;
  return {
    kind: "release",
    body: {
      deployment,
      packet: formatPacketId(packetIdOf(packet)),
      verdict: verdict.result,
      packetHash,
      digest,
      key,
      signature,
      signer,
      assurance,
      custody,
    },
  };
}

/** Two packets, or two digests, with one id: somebody was lied to. Both are recorded. */
export function equivocationEntry(asked: Reservation, stored: Reservation, differing: readonly string[]): AuditEntry {
  return {
    kind: "alarm",
    body: {
      code: "equivocation",
      ...requestBody(asked),
      differing: [...differing],
      asked: contentBody(asked),
      stored: { client: stored.client, ...contentBody(stored) },
    },
  };
}

/** An HSM that answered with a signature that is not by the key over the digest. */
export function wrongSignatureEntry(asked: Reservation, key: string): AuditEntry {
  return { kind: "alarm", body: { code: "wrong_signature", ...requestBody(asked), key } };
}

function contentBody({ packet, verdict, digest }: Reservation): Readonly<Record<string, AuditValue>> {
  return { packet: textsOf(packetToWire(packet)), verdict: { ...verdict }, digest };
}

/** Plain data with its integers as decimal strings. */
function textsOf(value: unknown): AuditValue {
  if (typeof value !== "object" || value === null) return String(value);
  return Object.fromEntries(Object.entries(value).map(([key, member]) => [key, textsOf(member)]));
}

/** What names a request: who asked, for which packet and verdict, and what would be signed. */
export function requestBody(asked: Asked): Readonly<Record<string, AuditValue>> {
  const { client, deployment, packet, verdict, packetHash, digest, sources, assurance } = asked;
  return {
    client,
    deployment,
    packet: formatPacketId(packetIdOf(packet)),
    ...(packetHash ? { packetHash } : {}),
    ...(digest ? { digest } : {}),
    verdict: { ...verdict },
    sources,
    ...(assurance ? { assurance } : {}),
  };
}
