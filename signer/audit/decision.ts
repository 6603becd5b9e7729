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

/** The record of a decision. Its keys are in order, because one is written for every packet. */
export function decisionEntry(decision: Decision): AuditEntry {
  const { asked, route, key, policy, outcome, rule, inputs, reason, checked } = decision;
  const { assurance, client, deployment, digest, packetHash, sources } = asked;
  return {
    kind: "decision",
    body: {
      ...(assurance && { assurance }),
      ...(checked && { checked: inOrder(checked) }),
      ...{ client, deployment },
      ...(digest && { digest }),
      inputs: inOrder(inputs),
      ...(key && { key }),
      ...{ outcome, packet: packetOf(asked) },
      ...(packetHash && { packetHash }),
      policy,
      ...(reason && { reason }),
      ...(route && { route }),
      ...{ rule, sources, verdict: verdictBody(asked) },
    },
  };
}

/**
 * The record of a signature that may leave from now on. Its keys are in order, because one is written for every packet.
 *
 * @param key that signed it; undefined for a signature that came with an import, which has a record of its own.
 */
export function releaseEntry(attestation: Attestation, key: string | undefined): AuditEntry {
  const { assurance, custody, deployment, digest, packetHash, signature, signer, verdict } = attestation;
  const packet = packetOf(attestation);
  return {
    kind: "release",
    body: {
      ...{ assurance, custody, deployment, digest },
      ...(key !== undefined && { key }),
      ...{ packet, packetHash, signature, signer, verdict: verdict.result },
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
  const { client, deployment, packetHash, digest, sources, assurance } = asked;
  return {
    ...{ client, deployment, packet: packetOf(asked) },
    ...(packetHash && { packetHash }),
    ...(digest && { digest }),
    ...{ verdict: verdictBody(asked), sources },
    ...(assurance && { assurance }),
  };
}

function packetOf({ packet }: Pick<Asked, "packet">): string {
  return formatPacketId(packetIdOf(packet));
}

function verdictBody({ verdict: { result, screenedAt, source, version } }: Pick<Asked, "verdict">) {
  return { result, screenedAt, source, version };
}

/** The same, its keys in order. */
function inOrder<T>(record: Readonly<Record<string, T>>): Readonly<Record<string, T>> {
  const keys = Object.keys(record);
  return keys.length < 2 ? record : Object.fromEntries(keys.sort().map((key) => [key, record[key] as T]));
}
