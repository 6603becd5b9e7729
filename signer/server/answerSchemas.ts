import { z } from "zod";
import { hashText, schemeName, verdictResults } from "../../shared/digest/index.ts";
import { hexBytes, integer, unsigned } from "../../shared/schema/index.ts";
import { attestationSchema, custodyKinds } from "../../shared/wire/index.ts";
import { recordSchema, watermarkSchema } from "../ledger/index.ts";

/** Forms of answers: what the documentation of the interface says of them, and what its tests hold them against. */

const inputs = z.record(z.string(), z.string()).meta({ description: "What the deciding rule looked at." });

export const approvedAnswer = z.strictObject({ outcome: z.literal("approved"), attestation: attestationSchema });

const holdReason = z.enum(["review", "window", "announced", "agreement", "paused"]);

export const heldAnswer = z.strictObject({
  outcome: z.literal("held"),
  reason: holdReason,
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

export const openApiAnswer = z.looseObject({ openapi: z.string(), info: z.looseObject({}), paths: z.looseObject({}) });

export const rehearsalAnswer = z.strictObject({
  dryRun: z.literal(true),
  outcome: z.enum(["approved", "held", "denied", "failed"]).meta({ description: "What the request would come to." }),
  rule: z.string(),
  inputs,
  reason: holdReason.optional().meta({ description: "Why it would be held." }),
  problem: problemAnswer.optional().meta({ description: "What it would be refused with." }),
  scheme: schemeName.optional(),
  packetHash: hashText.optional(),
  digest: hashText.optional().meta({
    description: "What would be signed. Missing where a rule says no that needs no memory.",
  }),
  ledger: z
    .strictObject({
      state: z.enum(["absent", "signing", "signed", "verdict_already_given", "equivocation", "closed_by_import"]),
      given: z.enum(verdictResults).optional().meta({ description: "The verdict that was given before." }),
      differing: z.array(z.string()).optional().meta({ description: "In which fields another packet differs." }),
    })
    .optional()
    .meta({
      description:
        "How the packet's id stands in the ledger: nothing has it; this content is reserved, or signed; or something else has it.",
    }),
});

export const attestationAnswer = z.strictObject({ attestation: attestationSchema });

export const keysAnswer = z.strictObject({
  keys: z.array(
    z.strictObject({
      name: z.string(),
      scheme: schemeName,
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

export const historyAnswer = z.strictObject({
  ledger: z.string(),
  start: z
    .string()
    .meta({ description: "Names this start of the signer: pages of two starts do not belong together." }),
  at: utcTime,
  watermarks: z.array(watermarkSchema),
  records: z.array(recordSchema),
  next: z.string().nullable().meta({ description: "What to ask for with `after`; null at the end." }),
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
  custody: z
    .strictObject({ "sealed-software": lines })
    .optional()
    .meta({ description: "Names of the keys that sign outside the HSM; missing where none does." }),
  clients: z.array(
    z.strictObject({ name: z.string(), newest: standing, at: utcTime.optional(), operators: lines.optional() }),
  ),
  rollbacks: z
    .array(
      z.strictObject({
        client: z.string(),
        deployment: z.string(),
        packet: z.string(),
        digest: hashText,
        presence: z.enum(["absent", "unreleased", "other"]),
        provedAt: utcTime,
      }),
    )
    .meta({ description: "Attestations by our keys that clients hold and the ledger does not have." }),
});

const id = z.string().meta({ description: "A decimal number." });

export const holdAnswer = z.strictObject({
  id,
  reason: z.enum(["review", "announced"]),
  state: z.enum(["waiting", "released", "dropped", "expired"]),
  deployment: z.string(),
  packetId: z.string(),
  route: z.string(),
  digest: hashText,
  request: z.unknown().meta({ description: "What was asked for, as it was sent." }),
  clients: lines.meta({ description: "Who asked for it." }),
  rules: z.record(z.string(), inputs).meta({ description: "What each rule that wants people to look saw." }),
  since: utcTime,
  until: utcTime.nullable().meta({ description: "When a review expires, or an announced packet's wait is over." }),
  approvals: lines.meta({ description: "Operators whose approval counts now." }),
  droppedBy: z.string().nullable(),
});

export const holdsAnswer = z.strictObject({
  holds: z.array(holdAnswer),
  agreement: z.array(
    z.strictObject({
      deployment: z.string(),
      packetId: z.string(),
      proposals: z.array(
        z.strictObject({ client: z.string(), packetHash: hashText, verdict: z.string(), since: utcTime }),
      ),
    }),
  ),
});

export const releasedAnswer = z.strictObject({ approvals: lines, released: z.boolean() });
export const droppedAnswer = z.strictObject({ droppedBy: z.string() });

const statementObject = z.string().meta({ description: "What a statement that ends this must name as its object." });

export const pauseAnswer = z.strictObject({
  id,
  scope: z.string().meta({ description: "`everything`, or DEPLOYMENT/SOURCE/DESTINATION." }),
  route: z.string().nullable(),
  by: z.string(),
  note: z.string(),
  since: utcTime,
  object: statementObject,
});

export const pausesAnswer = z.strictObject({
  fileIsThere: z.boolean().meta({ description: "Whether the file `paused` is in the signer's state folder." }),
  pauses: z.array(pauseAnswer),
});

export const clockAnswer = z.strictObject({
  jump: z
    .strictObject({ id, milliseconds: z.string(), object: statementObject })
    .nullable()
    .meta({ description: "By how much the clock was set; null if that is acknowledged, or never happened." }),
});

function hexText(digits: number) {
  return z.string().regex(new RegExp(`^[0-9a-f]{${digits}}$`));
}
