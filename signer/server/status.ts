import type { Readiness } from "../../shared/http/index.ts";
import { type Newest, proofFields, type RollbackProof, type Standing } from "../newest/index.ts";
import type { SignerState } from "../state/index.ts";
import { statusAnswer } from "./answerSchemas.ts";
import { ok } from "./answers.ts";
import { type Endpoint, endpoint } from "./endpoint.ts";

interface StatusParts {
  readonly state: Pick<SignerState, "id">;
  readonly newest: Newest;
  readonly readiness: () => Readiness;
}

/** `GET /v1/status`: whether the signer can sign now, and who has shown it since its start what it released. */
export function readStatus({ state, newest, readiness }: StatusParts): Endpoint {
  return endpoint({
    method: "GET",
    path: "/v1/status",
    allowed: ["operator", "audit"],
    summary: "Read whether the signer can sign, and whom it waits for",
    answers: { 200: { description: "How the signer stands.", schema: statusAnswer } },
    refusals: [],
    handle: () =>
      ok({
        ledger: state.id,
        start: newest.start,
        startedAt: timeOf(newest.startedAtMs),
        ...readiness(),
        clients: [...newest.standings()].map(([name, standing]) => ({ name, ...standingView(standing) })),
        rollbacks: newest.proofs().map(proofView),
      }),
  });
}

function standingView(standing: Standing) {
  const { newest } = standing;
  if (newest === "shown") return { newest, at: timeOf(standing.atMs) };
  if (newest === "waived") return { newest, at: timeOf(standing.atMs), operators: standing.operators };
  return { newest };
}

function proofView({ attestation, client, presence, provedAtMs }: RollbackProof) {
  return { client, ...proofFields(attestation), presence, provedAt: timeOf(provedAtMs) };
}

function timeOf(milliseconds: number): string {
  return new Date(milliseconds).toISOString();
}
