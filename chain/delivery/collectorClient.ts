import { z } from "zod";
import { AttestorError } from "../../shared/errors/index.ts";
import { check, list, name, unsigned } from "../../shared/schema/index.ts";
import type { PeerAnswer, PinnedClient } from "../../shared/tls/index.ts";
import { type Attestation, type AttestationSubmission, attestationToWire } from "../../shared/wire/index.ts";
import { refusalOf, retryAfterOf } from "../peerAnswer.ts";
import type { Reason } from "../store/index.ts";

/** What came of a delivery. */
export type DeliveryAnswer =
  /** Stored, and seen there where the collector lets it be seen. */
  | { readonly outcome: "acknowledged" }
  /** The collector holds another attestation of ours for this packet, which must never happen. */
  | { readonly outcome: "conflict"; readonly reason: Reason }
  | { readonly outcome: "failed"; readonly reason: Reason; readonly retryAfterMs: number };

/** A packet that a collector asks for. The height is a hint where to look. */
export interface MissedRequest {
  /** Undefined where the collector does not tell; the attestor's key then does. */
  readonly deployment: string | undefined;
  readonly source: bigint;
  readonly destination: bigint;
  readonly sequence: bigint;
  readonly height: number | undefined;
}

/** Where attestations are handed in. Methods throw AttestorError `peer_unreachable`, `peer_not_pinned`, `peer_answer_unusable`. */
export interface CollectorClient {
  readonly name: string;
  /** @param requested true where the packet was asked for as a missed one. */
  deliver(attestation: Attestation, requested?: boolean): Promise<DeliveryAnswer>;
  /** What the collector still asks this attestor for. */
  requests(attestor: string): Promise<MissedRequest[]>;
  /** The id of the collector's store, undefined where it has none to tell. Another id: the store was replaced. */
  instance(): Promise<string | undefined>;
  close(): void;
}

const readBack = z.object({ digest: z.string() });
const requests = z.object({
  requests: list(
    z.object({
      deployment: name,
      source: unsigned(128),
      destination: unsigned(128),
      sequence: unsigned(64),
      height: unsigned(64).nullable(),
    }),
  ),
  /** Missing where the collector knows no pages. */
  next: z
    .string()
    .regex(/^[0-9]{1,15}$/)
    .nullish(),
});
/** Most pages that are read at one look, of 100 requests each, however many a collector claims to have. */
const mostPages = 100;
const store = z.object({ instance: z.string().min(1).max(128) });

/** Speaks our collector's HTTP interface over a pinned connection. */
export function createCollectorClient(collector: string, connection: PinnedClient): CollectorClient {
  const peer = `collector ${collector}`;

  /** An acknowledgement is a promise; only what can be read again is known to be there. */
  async function seen(attestation: Attestation): Promise<DeliveryAnswer> {
    const { deployment, packet, signer, digest } = attestation;
    const id = `${packet.source.chainId}/${packet.destination.chainId}/${packet.sequence}`;
    const query = new URLSearchParams({ deployment, attestor: signer });
    const answer = await connection.request("GET", `/v1/attestations/${id}?${query}`);
    if (answer.status !== 200) return failed(peer, answer);
    if (readBody(peer, readBack, answer).digest === digest) return { outcome: "acknowledged" };
    return {
      outcome: "conflict",
      reason: {
        code: "read_back_differs",
        text: `The ${peer} shows another attestation than the one it acknowledged.`,
      },
    };
  }

  return {
    name: collector,
    async deliver(attestation) {
      const answer = await connection.request("POST", "/v1/attestations", attestationToWire(submissionOf(attestation)));
      if (answer.status === 201 || answer.status === 200) return seen(attestation);
      if (answer.status === 409) return { outcome: "conflict", reason: refusalOf(peer, answer) };
      return failed(peer, answer);
    },
    async instance() {
      const answer = await connection.request("GET", "/v1/store");
      if (answer.status === 200) return readBody(peer, store, answer).instance;
      throw unusable(peer, answer);
    },
    async requests(attestor) {
      const found: MissedRequest[] = [];
      let after: string | undefined;
      for (let page = 0; page < mostPages; page += 1) {
        const query = new URLSearchParams({ attestor, limit: "100", ...(after !== undefined && { after }) });
        const answer = await connection.request("GET", `/v1/requests?${query}`);
        if (answer.status !== 200) throw unusable(peer, answer);
        const body = readBody(peer, requests, answer);
        found.push(...body.requests.map(({ height, ...asked }) => ({ ...asked, height: hintOf(height) })));
        if (typeof body.next !== "string") break;
        after = body.next;
      }
      return found;
    },
    close: () => connection.close(),
  };
}

/** An answer that says nothing about the attestation itself: it is handed in again later. */
export function failed(peer: string, answer: PeerAnswer): DeliveryAnswer {
  return { outcome: "failed", reason: refusalOf(peer, answer), retryAfterMs: retryAfterOf(answer) };
}

/** The error for a status that is no answer to a question. */
export function unusable(peer: string, answer: PeerAnswer): AttestorError<"peer_answer_unusable"> {
  return new AttestorError("peer_answer_unusable", { peer, reason: refusalOf(peer, answer).text });
}

/** A height that is worth a look; anything else is no hint. */
export function hintOf(height: bigint | null | undefined): number | undefined {
  return height && height <= BigInt(Number.MAX_SAFE_INTEGER) ? Number(height) : undefined;
}

/** @throws AttestorError `peer_answer_unusable`. */
export function readBody<S extends z.ZodType>(peer: string, schema: S, answer: PeerAnswer): z.output<S> {
  try {
    return check(schema, answer.body, "the body");
  } catch (error) {
    const reason = error instanceof AttestorError ? error.message : "its body is not valid";
    throw new AttestorError("peer_answer_unusable", { peer, reason });
  }
}

/** Digest and signer are left out: the collector computes them itself. */
function submissionOf(attestation: Attestation): AttestationSubmission {
  const { deployment, packet, verdict, sources, signature, assurance, custody } = attestation;
  return { deployment, packet, verdict, sources, signature, assurance, custody };
}
