import { z } from "zod";
import type { Clock } from "../../shared/clock/index.ts";
import { historyPage, type LedgerId } from "../ledger/index.ts";
import type { Newest } from "../newest/index.ts";
import type { SignerState } from "../state/index.ts";
import { historyAnswer } from "./answerSchemas.ts";
import { ok } from "./answers.ts";
import { type Endpoint, endpoint } from "./endpoint.ts";

interface HistoryParts {
  readonly state: SignerState;
  readonly newest: Pick<Newest, "start">;
  readonly clock: Clock;
}

/** `DEPLOYMENT/SOURCE/DESTINATION/SEQUENCE` of the row that the page before ended with. */
const cursor = z
  .string()
  .regex(/^[^/]{1,64}(\/(0|[1-9][0-9]{0,38})){3}$/, { error: "must be what the page before gave as next" })
  .transform((text): LedgerId => {
    const [deployment = "", source = "", destination = "", sequence = ""] = text.split("/");
    return { deployment, source: BigInt(source), destination: BigInt(destination), sequence: BigInt(sequence) };
  });

/**
 * `GET /v1/ledger/history[?after=NEXT]`: everything that was signed or may have been, in the words of the interchange
 * format, page by page, so that a standby's ledger follows while this signer runs.
 */
export function readHistory({ state, newest, clock }: HistoryParts): Endpoint {
  return endpoint({
    method: "GET",
    path: "/v1/ledger/history",
    allowed: ["operator", "audit"],
    summary: "Read the ledger's history for a standby",
    query: z.strictObject({ after: cursor.optional() }),
    answers: { 200: { description: "A page of records, in the order of their packets.", schema: historyAnswer } },
    refusals: [],
    handle({ query: { after } }) {
      const { watermarks, records, last } = state.read((database) => historyPage(database, after));
      const next = last ? `${last.deployment}/${last.source}/${last.destination}/${last.sequence}` : null;
      const at = new Date(clock.now()).toISOString();
      return ok({ ledger: state.id, start: newest.start, at, watermarks, records, next });
    },
  });
}
