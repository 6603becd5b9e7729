import { z } from "zod";
import { type AnyKeySpec, type AnyKeyUri, isSealedUri, parseAnyKeyUri, sealedKeySpecSchema } from "../hsm/index.ts";
import {
  type ConfigSchema,
  filePath,
  listenAddress,
  logLevel,
  type ResolvePath,
  tlsFiles,
} from "../shared/config/index.ts";
import { ecdsaSchemeName } from "../shared/digest/index.ts";
import { publicKeyFromHex } from "../shared/ecdsa/index.ts";
import { isAttestorError } from "../shared/errors/index.ts";
import { durationBetween, hexBytes, integer, name, unsigned } from "../shared/schema/index.ts";
import { auditKeyProblem, keyListProblems } from "./configChecks.ts";

const atLeastOne = { error: "must list at least one" };

const keyUriThat = (isFor: (uri: AnyKeyUri) => boolean, otherwise: string) =>
  z.string({ error: "must be a key's URI (pkcs11:, awskms: or aleo-sealed:)" }).superRefine((uri, context) => {
    const refuse = (message: string) => context.addIssue({ code: "custom", message });
    try {
      if (!isFor(parseAnyKeyUri(uri))) refuse(otherwise);
    } catch (error) {
      refuse(isAttestorError(error, "invalid_field") ? error.data.reason : "is not a key's URI");
    }
  });

const keyUri = keyUriThat(
  (uri) => !isSealedUri(uri),
  "is of a sealed key, which has scheme verulink-aleo-schnorr and custody sealed-software",
);

const publicKey = hexBytes(65).refine((text) => publicKeyFromHex(text) !== undefined, {
  error: "is not a point of secp256k1 (65 bytes, 0x04 first)",
});

const keyPlace = { name, uri: keyUri, publicKey };

const deviceKeySchema = z.strictObject({
  ...keyPlace,
  scheme: ecdsaSchemeName,
  deployment: name,
  destination: unsigned(128),
  /** Name of the key that this one takes over from: the one case in which two keys may serve the same. */
  succeeds: name.optional(),
});

/** For the one scheme that no HSM can sign. Whoever writes the custody down accepts that the key is in software. */
const sealedKeySchema = sealedKeySpecSchema.extend({
  uri: keyUriThat(isSealedUri, "must be aleo-sealed: for a key with custody sealed-software"),
  succeeds: name.optional(),
});

const keySchema = z.union([deviceKeySchema, sealedKeySchema]);
/** One key: what it is called, where it is, and the one thing it may sign. */
export type KeyConfig = z.output<typeof keySchema>;

/** What of a key is nothing to where it is: what policy and gate look at. */
export type KeyFacts = Pick<
  KeyConfig,
  "name" | "uri" | "publicKey" | "scheme" | "deployment" | "destination" | "succeeds"
>;

const auditKeySchema = z.strictObject({ ...keyPlace, use: z.literal("audit") });
/** The key that signs checkpoints of the audit chain and nothing else. */
export type AuditKeyConfig = z.output<typeof auditKeySchema>;

const auditSchema = (resolvePath: ResolvePath) =>
  z.strictObject({
    key: name,
    checkpoints: filePath(resolvePath),
    records: integer(1, 1_000_000).default(1_000),
    interval: durationBetween("1s", "1d").default(60_000),
  });

/** Schema of `signer.yaml`; the annotated sample is `docs/samples/signer.yaml`. */
export const signerConfig = ((resolvePath: ResolvePath) =>
  z
    .strictObject({
      service: z.literal("signer"),
      listen: listenAddress(),
      ops: listenAddress(),
      tls: tlsFiles(resolvePath),
      ledger: filePath(resolvePath),
      stateFolder: filePath(resolvePath),
      logLevel,
      keeper: z
        .strictObject({
          socket: filePath(resolvePath).optional(),
          sessions: integer(1, 64).default(4),
          callDeadline: durationBetween("100ms", "1m").default(5_000),
          idleProbe: durationBetween("5s", "1d").default(60_000),
        })
        .prefault({}),
      policy: filePath(resolvePath),
      keys: z.array(z.union([deviceKeySchema, sealedKeySchema, auditKeySchema])).min(1, atLeastOne),
      audit: auditSchema(resolvePath),
    })
    .superRefine((config, context) => {
      for (const { path, reason } of keyListProblems(config.keys)) {
        context.addIssue({ code: "custom", path: [...path], message: reason });
      }
    })
    .transform(({ keys, audit, ...others }, context) => {
      const key = keys.find((entry): entry is AuditKeyConfig => "use" in entry && entry.name === audit.key);
      if (key)
        return {
          ...others,
          keys: keys.filter((entry): entry is KeyConfig => !("use" in entry)),
          audit: { ...audit, key },
        };
      context.addIssue({ code: "custom", path: ["audit", "key"], message: auditKeyProblem(audit.key, keys) });
      return z.NEVER;
    })) satisfies ConfigSchema<z.ZodType>;
export type SignerConfig = z.output<ReturnType<typeof signerConfig>>;

/** The keys as a keeper takes them: which key succeeds which is nothing to it. */
export function keySpecsOf({ keys, audit }: Pick<SignerConfig, "keys" | "audit">): AnyKeySpec[] {
  return [...keys.map(({ succeeds: _, ...spec }) => spec), audit.key];
}
