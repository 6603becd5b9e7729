import { digestScheme } from "../../../shared/digest/index.ts";
import { signerOf } from "../../../shared/ecdsa/index.ts";
import { stringifyJson } from "../../../shared/json/index.ts";
import { formatPacketId, packetIdOf } from "../../../shared/packet/index.ts";
import { check } from "../../../shared/schema/index.ts";
import type { PeerAnswer } from "../../../shared/tls/index.ts";
import {
  type Attestation,
  type AttestationRequest,
  attestationSchema,
  attestationToWire,
} from "../../../shared/wire/index.ts";

/** Everything that any client ever got, and what in it must not be. */
export interface Received {
  /** Takes an answer to a request for an attestation. */
  answer(request: AttestationRequest, answer: PeerAnswer): void;
  /** Takes an attestation that was read. */
  read(answer: PeerAnswer): void;
  /** By packet id, the one attestation. */
  readonly attestations: ReadonlyMap<string, Attestation>;
  /** How many answers of each kind came: `approved`, or the code of a refusal. */
  readonly counts: Readonly<Record<string, number>>;
  readonly violations: readonly string[];
}

/** Refusals that a sound client may meet while signers are killed. */
const harmless = ["equivocation", "failed", "keeper_unavailable", "overloaded", "rate_limited"];

/** @param signers EIP-55 address of the key for each destination chain. */
export function collectReceived(signers: ReadonlyMap<bigint, string>): Received {
  const attestations = new Map<string, Attestation>();
  const counts: Record<string, number> = {};
  const violations: string[] = [];

  function take(value: unknown): Attestation {
    const attestation = check(attestationSchema, value, "attestation") as Attestation;
    const { packet, verdict, digest, signature, scheme } = attestation;
    const id = formatPacketId(packetIdOf(packet));
    const known = attestations.get(id);
    if (known === undefined) attestations.set(id, attestation);
    else if (spelled(known) !== spelled(attestation)) violations.push(`packet ${id} got two attestations`);
    if (digestScheme(scheme).digestOf(packet, verdict.result).digest !== digest) {
      violations.push(`packet ${id} got a digest that is not that of its content`);
    }
    if (signerOf(signature, digest) !== signers.get(packet.destination.chainId)) {
      violations.push(`packet ${id} got a signature that is not by its key`);
    }
    return attestation;
  }

  function count(kind: string): void {
    counts[kind] = (counts[kind] ?? 0) + 1;
  }

  return {
    attestations,
    counts,
    violations,
    answer(request, { status, body }) {
      const { attestation, code } = body as { attestation?: unknown; code?: string };
      const kind = status === 200 ? "approved" : String(code);
      count(kind);
      const given = attestation === undefined ? undefined : take(attestation);
      const isSamePacket = given && stringifyJson(wirePacket(given)) === stringifyJson(wirePacket(request));
      const isSameVerdict = given?.verdict.result === request.verdict.result;
      const isExpected =
        kind === "approved"
          ? isSamePacket && isSameVerdict
          : kind === "verdict_already_given"
            ? !given || (isSamePacket && !isSameVerdict)
            : !given && harmless.includes(kind);
      if (!isExpected) violations.push(`a request was answered with ${status} ${kind}: ${stringifyJson(body)}`);
    },
    read({ status, body }) {
      const { attestation, code } = body as { attestation?: unknown; code?: string };
      count(status === 200 ? "read" : `read: ${code}`);
      if (attestation !== undefined) take(attestation);
      else if (code !== "not_found") violations.push(`a read was answered with ${status} ${code}`);
    },
  };
}

function wirePacket(request: AttestationRequest): unknown {
  return attestationToWire(request).packet;
}

/** Its one spelling, to be compared byte for byte. */
export function spelled(attestation: Attestation): string {
  const wire = attestationToWire(attestation);
  return stringifyJson(Object.fromEntries(Object.entries(wire).sort(([a], [b]) => (a < b ? -1 : 1))));
}
