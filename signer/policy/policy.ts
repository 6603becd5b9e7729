import { z } from "zod";
import { type ConfigSchema, filePath, publicKeyPin, type ResolvePath } from "../../shared/config/index.ts";
import { schemeName } from "../../shared/digest/index.ts";
import { isAttestorError } from "../../shared/errors/index.ts";
import { chainFamilies } from "../../shared/packet/index.ts";
import { durationBetween, integer, name, unsigned } from "../../shared/schema/index.ts";
import { assuranceSchema } from "../../shared/wire/index.ts";
import { policyProblems } from "./checks.ts";
import { parseSshPublicKey } from "./ssh/publicKey.ts";

const atLeastOne = { error: "must list at least one" };
const dayMs = 86_400_000;

/** One or two: during a rotation the old key's pin and the new one's. */
const pins = z
  .array(publicKeyPin)
  .min(1, atLeastOne)
  .max(2, { error: "must list at most two: the old key's and the new one's during a rotation" });

/** A line of a `.pub` file, kept without its comment: one key has one spelling. */
const signingKey = z.string({ error: "must be an SSH public key" }).transform((line, context) => {
  try {
    return parseSshPublicKey(line).line;
  } catch (error) {
    const why = isAttestorError(error, "invalid_field") ? error.data.reason : "is not an SSH public key";
    context.addIssue({ code: "custom", message: why });
    return z.NEVER;
  }
});

const operatorSchema = z.strictObject({
  name,
  certificatePins: pins,
  signingKeys: z.array(signingKey).min(1, atLeastOne),
});
/** A person who runs the signer: a certificate for its operator commands, and SSH keys for what two must agree on. */
export type Operator = z.output<typeof operatorSchema>;

/**
 * What a client may do. `attest`: ask for attestations; `read`: read those of its routes; `audit`: pull checkpoints and
 * read status; `verulink`: ask for attestations by Verulink's own `POST /sign`.
 */
export const operations = ["attest", "read", "audit", "verulink"] as const;
export type Operation = (typeof operations)[number];

const clientSchema = z.strictObject({
  name,
  pins,
  routes: z.array(name).default([]),
  schemes: z.array(schemeName).default([]),
  operations: z.array(z.enum(operations)).min(1, atLeastOne),
  rate: z
    .strictObject({ perSecond: integer(1, 100_000).default(100), burst: integer(1, 100_000).default(400) })
    .prefault({}),
});
/** Who may ask: a name for one or two pinned certificate keys, and every right that it has. */
export type Client = z.output<typeof clientSchema>;

const routeEnd = z.strictObject({ chainId: unsigned(128), family: z.enum(chainFamilies), tokenService: z.string() });

const tokenPair = z.strictObject({ source: z.string(), destination: z.string() });
/** A token of the source chain and what stands for it on the destination chain. */
export type TokenPair = z.output<typeof tokenPair>;

const tokenLimit = z.strictObject({
  /** Address of the token on the destination chain, which is what a packet names. */
  token: z.string(),
  /** Largest amount of one packet that needs no review, in the token's smallest unit. */
  single: unsigned(128).optional(),
  /** Largest sum of white verdicts within `windowLength`, in the token's smallest unit. */
  window: unsigned(128).optional(),
  /** In milliseconds. */
  windowLength: durationBetween("1m", "31d").default(dayMs),
});
export type TokenLimit = z.output<typeof tokenLimit>;

const limitsSchema = z.strictObject({
  perToken: z.array(tokenLimit).min(1, atLeastOne).optional(),
  /** How far a sequence may lie above the highest one reserved before. */
  maximumJump: unsigned(64).optional(),
});
export type Limits = z.output<typeof limitsSchema>;

const routeSchema = z.strictObject({
  name,
  deployment: name,
  source: routeEnd,
  destination: routeEnd,
  scheme: schemeName,
  key: name,
  /** Keys that take over, each from a sequence on, in the order of the sequences; what lies below stays with the one before. */
  successors: z
    .array(z.strictObject({ key: name, fromSequence: unsigned(64) }))
    .min(1, atLeastOne)
    .max(16)
    .optional(),
  versions: z.array(integer(0, 255)).min(1, atLeastOne).default([1]),
  startSequence: unsigned(64).default(1n),
  /** Tokens that may be sent; every token where it is missing. */
  tokens: z.array(tokenPair).min(1, atLeastOne).optional(),
  /** Weakest assurance that is signed on this route; `claimed` where it is missing. */
  minimumAssurance: assuranceSchema.optional(),
  /** From the first sight of a packet to its signature, by the signer's clock, in milliseconds; none where missing. */
  signerWait: durationBetween("1s", "31d").optional(),
  /** Distinct clients that must submit the identical packet; one where it is missing. */
  agreement: integer(2, 16).optional(),
  limits: limitsSchema.optional(),
  /** True: every packet of this route is held. */
  paused: z.boolean().optional(),
});
/** What may be signed: packets of one deployment from one chain to another, by one key, under these conditions. */
export type Route = z.output<typeof routeSchema>;

/** Schema of `policy.yaml`; the annotated sample is `docs/samples/policy.yaml`. */
export const policyConfig = ((resolvePath: ResolvePath) =>
  z
    .strictObject({
      service: z.literal("policy"),
      /** Rises with every change. */
      version: integer(1, 999_999_999),
      operators: z
        .array(operatorSchema)
        .min(2, { error: "must list at least two, or nobody could ever widen anything" }),
      clients: z.array(clientSchema).min(1, atLeastOne),
      routes: z.array(routeSchema).min(1, atLeastOne),
      /** File of addresses that are never signed white. */
      denyList: filePath(resolvePath).optional(),
    })
    .superRefine((policy, context) => {
      for (const { path, reason } of policyProblems(policy)) {
        context.addIssue({ code: "custom", path: [...path], message: reason });
      }
    })) satisfies ConfigSchema<z.ZodType>;

/** Who may have what signed, and who may change that. */
export type Policy = z.output<ReturnType<typeof policyConfig>>;
