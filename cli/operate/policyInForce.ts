import { z } from "zod";
import type { SignerConnection } from "./signerConnection.ts";

const answer = z.object({
  version: z.unknown().transform(String),
  hash: z.string(),
  ledger: z.string(),
  since: z.string(),
  lastAttempt: z
    .object({
      at: z.string(),
      version: z.unknown().transform(String).optional(),
      error: z.object({ code: z.string(), detail: z.string() }).optional(),
    })
    .optional(),
  text: z.string(),
});

/** What a signer says of its policy. */
export type PolicyStatus = z.output<typeof answer>;

export function policyStatus(signer: SignerConnection): Promise<PolicyStatus> {
  return signer.ask(answer, "GET", "/v1/policy");
}
