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

const routeName = z.strictObject({ deployment: z.string(), source: unsigned(128), destination: unsigned(128) });

/** How a client stands at this start of the signer. */
const standing = z
  .enum(["shown", "waived", "missing", "exempt", "added"])
  .meta({ description: "Nothing is signed while a client is missing." });

export const wantedAnswer = z.strictObject({
  start: hexText(16).meta({ description: "Names this start of the signer and no other." }),
  newest: standing,
  routes: z.array(routeName).meta({ description: "For each of these the client shows what it has, or null." }),
});

export const waivedAnswer = z.strictObject({ client: z.string(), operators: lines });

export const statusAnswer = z.strictObject({
  ledger: hexText(32),
  start: hexText(16),
  startedAt: utcTime,
  ready: z.boolean(),
  reasons: lines.meta({ description: "Why nothing can be signed now." }),
  clients: z.array(
    z.strictObject({ name: z.string(), newest: standing, at: utcTime.optional(), operators: lines.optional() }),
  ),
  rollbacks: z
    .array(
      z.strictObject({
        client: z.string(),
        deployment: z.string(),
        packet: z.string(),
        digest: hexBytes(32),
        presence: z.enum(["absent", "unreleased", "other"]),
        provedAt: utcTime,
      }),
    )
    .meta({ description: "Attestations by our keys that clients hold and the ledger does not have." }),
});

function hexText(digits: number) {
  return z.string().regex(new RegExp(`^[0-9a-f]{${digits}}$`));
}
