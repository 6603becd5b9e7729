import type { PinnedClient } from "../../shared/tls/index.ts";
import { type Attestation, type AttestationSubmission, attestationToWire } from "../../shared/wire/index.ts";
import { refusalOf, retryAfterOf } from "../peerAnswer.ts";
import type { Reason } from "../store/index.ts";

/** What came of a delivery. */
export type DeliveryAnswer =
  | { readonly outcome: "acknowledged" }
  /** The collector holds another attestation of ours for this packet, which must never happen. */
  | { readonly outcome: "conflict"; readonly reason: Reason }
  | { readonly outcome: "failed"; readonly reason: Reason; readonly retryAfterMs: number };

/** Where attestations are handed in. */
export interface CollectorClient {
  readonly name: string;
  /** @throws AttestorError `peer_unreachable`, `peer_not_pinned`, `peer_answer_unusable`. */
  deliver(attestation: Attestation): Promise<DeliveryAnswer>;
  close(): void;
}

/** Speaks the collector's HTTP interface over a pinned connection. */
export function createCollectorClient(name: string, connection: PinnedClient): CollectorClient {
  return {
    name,
    async deliver(attestation) {
      const answer = await connection.request("POST", "/v1/attestations", attestationToWire(submissionOf(attestation)));
      if (answer.status === 201 || answer.status === 200) return { outcome: "acknowledged" };
      const reason = refusalOf(`collector ${name}`, answer);
      if (answer.status === 409) return { outcome: "conflict", reason };
      return { outcome: "failed", reason, retryAfterMs: retryAfterOf(answer) };
    },
    close: () => connection.close(),
  };
}

/** Digest and signer are left out: the collector computes them itself. */
function submissionOf(attestation: Attestation): AttestationSubmission {
  const { deployment, packet, verdict, sources, signature, assurance, custody } = attestation;
  return { deployment, packet, verdict, sources, signature, assurance, custody };
}
