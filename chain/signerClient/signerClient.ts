import { z } from "zod";
import { AttestorError } from "../../shared/errors/index.ts";
import { check, integer, list } from "../../shared/schema/index.ts";
import type { PeerAnswer, PinnedClient } from "../../shared/tls/index.ts";
import {
  type Attestation,
  type AttestationRequest,
  attestationSchema,
  attestationToWire,
} from "../../shared/wire/index.ts";
import { refusalOf, retryAfterOf } from "../peerAnswer.ts";
import type { RouteKey } from "../route.ts";
import type { Reason } from "../store/index.ts";
import { batched } from "./batches.ts";
import { isPacketField } from "./packetField.ts";

/**
 * What came of a request. *Denied* is the signer's no, also to a field of the packet that it cannot take, which no rule of
 * its has judged; *failed* means that it could not tell, so it is asked again.
 */
export type SignerAnswer =
  | { readonly outcome: "approved"; readonly attestation: Attestation }
  /** The packet was attested before with another verdict; that attestation counts. */
  | { readonly outcome: "already_given"; readonly attestation: Attestation }
  | { readonly outcome: "denied"; readonly reason: Reason; readonly rule: RuleRefusal | undefined }
  | { readonly outcome: "held"; readonly reason: Reason; readonly retryAfterMs: number }
  | {
      readonly outcome: "failed";
      readonly reason: Reason;
      readonly retryAfterMs: number;
      /** Id of the signer's rule that could not decide, where it names one. */
      readonly rule: string | undefined;
    };

/** What a start of the signer wants to be shown. */
export interface NewestWanted {
  /** Names that start. */
  readonly start: string;
  /** How we stand with it: `shown` once it has seen what we hold. */
  readonly newest: string;
  readonly routes: readonly RouteKey[];
}

/** The newest attestation that we hold on a route; null where we hold none. */
export interface ShownNewest {
  readonly route: RouteKey;
  readonly newest: Attestation | null;
}

/** A key as the signer names it. */
export interface SignerKey {
  readonly scheme: string;
  readonly deployment: string;
  readonly destination: string;
  readonly address: string;
}

export interface SignerClient {
  /**
   * Requests that are made while others are on their way may be sent together; each has its own answer.
   *
   * @param isWanted looked at just before the request is sent; default: it is.
   * @throws Withdrawn if it was not wanted any more then.
   * @throws AttestorError `peer_unreachable`, `peer_not_pinned`, `peer_answer_unusable`.
   */
  attest(request: AttestationRequest, isWanted?: () => boolean): Promise<SignerAnswer>;
  /** The keys that the signer can sign with now. Throws as `attest`. */
  keys(): Promise<SignerKey[]>;
  /** What the signer wants to be shown since its start; undefined for one that asks nobody. Throws as `showNewest`. */
  newestWanted(): Promise<NewestWanted | undefined>;
  /** @throws AttestorError `peer_refused` with the signer's reason; otherwise as `attest`. */
  showNewest(shown: readonly ShownNewest[]): Promise<void>;
  close(): void;
}

const attestationAnswer = z.object({ attestation: attestationSchema });
const ruleRefusal = z.object({ rule: z.string(), inputs: z.record(z.string(), z.string()) });
/** Which of the signer's rules said no, and what it looked at. */
export type RuleRefusal = z.output<typeof ruleRefusal>;

const refusalOutcome = z.object({
  code: z.string(),
  outcome: z.enum(["denied", "failed"]).optional(),
  data: ruleRefusal.optional().catch(undefined),
  rule: z.string().optional(),
});
const fieldRefusal = z.object({ code: z.literal("invalid_field"), data: z.object({ field: z.string() }) });
const wantedAnswer = z.object({
  start: z.string(),
  newest: z.string(),
  routes: list(z.object({ deployment: z.string(), source: z.string(), destination: z.string() })),
});
const batchAnswer = z.object({
  answers: list(
    z.object({
      status: integer(200, 599),
      retryAfterSeconds: integer(0, 999_999).optional(),
      body: z.unknown(),
    }),
  ),
});
const keysAnswer = z.object({
  keys: list(z.object({ scheme: z.string(), deployment: z.string(), destination: z.string(), address: z.string() })),
});

/** Speaks the signer's HTTP interface over a pinned connection. */
export function createSignerClient(connection: PinnedClient): SignerClient {
  const attestAlone = async (request: AttestationRequest) =>
    answerOf(await connection.request("POST", attestationsPath, attestationToWire(request)));

  async function attestTogether(
    requests: readonly AttestationRequest[],
  ): Promise<readonly PromiseSettledResult<SignerAnswer>[]> {
    const eachAlone = () => Promise.allSettled(requests.map(attestAlone));
    if (requests.length === 1) return eachAlone();
    const answer = await connection.request("POST", `${attestationsPath}/batch`, {
      requests: requests.map(attestationToWire),
    });
    if (answer.status === 404) return eachAlone(); // a signer of a version that knows no batches
    if (answer.status !== 200) {
      // What refuses a batch has looked at no packet in it.
      const reason = refusalOf("signer", answer);
      const rule = refusalOutcome.safeParse(answer.body).data?.rule;
      const failed: SignerAnswer = { outcome: "failed", reason, retryAfterMs: retryAfterOf(answer), rule };
      return Promise.allSettled(requests.map(() => failed));
    }
    const { answers } = readBody(batchAnswer, answer);
    if (answers.length !== requests.length) {
      const reason = `it answers ${answers.length} of ${requests.length} requests`;
      throw new AttestorError("peer_answer_unusable", { peer: "signer", reason });
    }
    return Promise.allSettled(
      answers.map(async ({ status, retryAfterSeconds, body }) => answerOf({ status, retryAfterSeconds, body })),
    );
  }

  return {
    attest: batched(attestTogether),
    async keys() {
      const answer = await connection.request("GET", "/v1/keys");
      if (answer.status === 200) return readBody(keysAnswer, answer).keys;
      throw new AttestorError("peer_answer_unusable", { peer: "signer", reason: refusalOf("signer", answer).text });
    },
    async newestWanted() {
      const answer = await connection.request("GET", newestPath);
      if (answer.status === 404) return undefined;
      if (answer.status !== 200) throw refused(answer);
      return readBody(wantedAnswer, answer);
    },
    async showNewest(shown) {
      const routes = shown.map(({ route, newest }) => ({ route, newest: newest && attestationToWire(newest) }));
      const answer = await connection.request("PUT", newestPath, { routes });
      if (answer.status !== 200) throw refused(answer);
    },
    close: () => connection.close(),
  };
}

const attestationsPath = "/v1/attestations";
const newestPath = "/v1/clients/self/newest";

function refused(answer: PeerAnswer): AttestorError {
  const { code, text } = refusalOf("signer", answer);
  return new AttestorError("peer_refused", { peer: "signer", code, detail: text });
}

function answerOf(answer: PeerAnswer): SignerAnswer {
  if (answer.status === 200) {
    return { outcome: "approved", attestation: readBody(attestationAnswer, answer).attestation };
  }
  const retryAfterMs = retryAfterOf(answer);
  if (answer.status === 202) {
    return { outcome: "held", reason: { code: "held", text: "the signer holds the request" }, retryAfterMs };
  }
  const reason = refusalOf("signer", answer);
  const refusal = refusalOutcome.safeParse(answer.body).data;
  if (refusal?.code === "verdict_already_given") {
    return { outcome: "already_given", attestation: readBody(attestationAnswer, answer).attestation };
  }
  if (answer.status === 403 && refusal?.outcome === "denied") {
    return { outcome: "denied", reason, rule: refusal.data };
  }
  if (answer.status === 400 && namesPacketField(answer.body)) return { outcome: "denied", reason, rule: undefined };
  return { outcome: "failed", reason, retryAfterMs, rule: refusal?.rule };
}

function namesPacketField(body: unknown): boolean {
  const refused = fieldRefusal.safeParse(body).data;
  return refused !== undefined && isPacketField(refused.data.field);
}

function readBody<S extends z.ZodType>(schema: S, answer: PeerAnswer): z.output<S> {
  try {
    return check(schema, answer.body, "the body");
  } catch (error) {
    const reason = error instanceof AttestorError ? error.message : "its body is not valid";
    throw new AttestorError("peer_answer_unusable", { peer: "signer", reason });
  }
}
