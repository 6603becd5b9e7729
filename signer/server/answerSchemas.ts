import { z } from "zod";
import { schemeNames } from "../../shared/digest/index.ts";
import { hexBytes, integer, unsigned } from "../../shared/schema/index.ts";
import { attestationSchema, custodyKinds } from "../../shared/wire/index.ts";

/** Forms of answers: what the documentation of the interface says of them, and what its tests hold them against. */

const inputs = z.record(z.string(), z.string()).meta({ description: "What the deciding rule looked at." });

export const approvedAnswer = z.strictObject({ outcome: z.literal("approved"), attestation: attestationSchema });

export const heldAnswer = z.strictObject({
  outcome: z.literal("held"),
  reason: z.enum(["review", "window", "announced", "agreement", "paused"]),
  rule: z.string(),
  inputs,
});

/** RFC 9457; the last four belong to decisions on a packet. */
export const problemAnswer = z.strictObject({
  type: z.string(),
  title: z.string(),
  status: integer(400, 599),
  code: z.string(),
  detail: z.string().meta({ description: "A sentence for a person." }),
  data: z.record(z.string(), z.unknown()),
  outcome: z.enum(["denied", "failed"]).optional(),
  rule: z.string().optional(),
  inputs: inputs.optional(),
  attestation: attestationSchema.optional().meta({ description: "The one that was given before." }),
});

export const attestationAnswer = z.strictObject({ attestation: attestationSchema });

export const keysAnswer = z.strictObject({
  keys: z.array(
    z.strictObject({
      name: z.string(),
      scheme: z.enum(schemeNames),
      deployment: z.string(),
      destination: unsigned(128),
      address: z.string(),
      publicKey: z.string(),
      custody: z.enum(custodyKinds),
    }),
  ),
});

const utcTime = z.iso.datetime();

export const checkpointsAnswer = z.strictObject({
  ledger: z.string(),
  checkpoints: z.array(
    z.strictObject({
      ledger: z.string(),
      size: unsigned(64),
      head: z.string(),
      at: utcTime,
      signer: z.string(),
      signature: z.string(),
    }),
  ),
});

export const policyAnswer = z.strictObject({
  version: integer(1, 999_999_999),
  hash: hexBytes(32),
  ledger: z.string(),
  since: utcTime,
  lastAttempt: z
    .strictObject({
      at: utcTime,
      version: integer(1, 999_999_999).optional(),
      error: problemAnswer.optional().meta({ description: "Why the policy before it stayed in force." }),
    })
    .optional(),
  text: z.string().meta({ description: "The text of the policy in force." }),
});

const lines = z.array(z.string());

export const appliedPolicyAnswer = z.strictObject({
  version: integer(1, 999_999_999),
  hash: hexBytes(32),
  operators: lines.meta({ description: "Whose signatures were counted." }),
  widened: lines,
  narrowed: lines,
});
