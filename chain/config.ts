import { z } from "zod";
import { aleoBlockHash, aleoNetworks } from "../shared/aleo/index.ts";
import {
  type ConfigSchema,
  filePath,
  listenAddress,
  logLevel,
  publicKeyPin,
  type ResolvePath,
  Secret,
  tlsFiles,
} from "../shared/config/index.ts";
import { schemeName } from "../shared/digest/index.ts";
import { chainFamilies } from "../shared/packet/index.ts";
import { duration, durationBetween, hexBytes, integer, name, unsigned } from "../shared/schema/index.ts";
import { crossProblems } from "./configChecks.ts";
import { screeningSettings } from "./screening/index.ts";

/** An endpoint. Its path often holds an access key, so the whole of it is a secret. */
const providerUrl = z
  .string({ error: "must be a URL" })
  .refine((text) => /^https?:$/.test(URL.parse(text)?.protocol ?? ""), {
    error: "must be an http or https URL",
    abort: true, // what compares hosts later needs a URL
  })
  .transform((text) => new Secret(text));

/** Where a provider announces new blocks; a secret like its endpoint. */
const socketUrl = z
  .string({ error: "must be a URL" })
  .refine((text) => /^wss?:$/.test(URL.parse(text)?.protocol ?? ""), { error: "must be a ws or wss URL" })
  .transform((text) => new Secret(text));

/** A peer of ours that is reached by mutual TLS. */
const peerUrl = z.string({ error: "must be a URL" }).refine((text) => URL.parse(text)?.protocol === "https:", {
  error: "must be an https URL",
});

/** Farthest block number that fits the settings and SQLite alike. */
const height = integer(0, 999_999_999_999_999);

/** A provider of a chain. Whoever runs it is named, where the host does not tell that two are one. */
const provider = {
  label: name,
  url: providerUrl,
  operator: name.optional(),
  aside: z.boolean().default(false),
};

/** What a chain of any family has. */
const anyChain = {
  name,
  chainId: unsigned(128),
  quorum: integer(1, 99).optional(),
  singleSource: z.literal("accepted").optional(),
  depth: integer(0, 1_000_000).default(0),
  pollInterval: durationBetween("100ms", "1h").default(4_000),
  timeout: durationBetween("100ms", "1m").default(10_000),
  maximumRange: integer(1, 100_000).default(1_000),
};

/** Providers of that shape, and a block that the operator knows from an independent source. */
const seenThrough = <P extends z.ZodType, H extends z.ZodType>(providerSchema: P, hash: H) => ({
  providers: z.array(providerSchema).min(1).max(99),
  anchor: z.strictObject({ number: height, hash }).optional(),
});

const evmChain = z.strictObject({
  family: z.literal("evm"),
  ...anyChain,
  ...seenThrough(z.strictObject({ ...provider, ws: socketUrl.optional() }), hexBytes(32)),
  evmChainId: unsigned(64),
  finality: z.enum(["finalized", "depth"]).default("finalized"),
});
/** An EVM chain: its two ids, who tells us about it, and when a block there counts as final. */
export type EvmChainConfig = z.output<typeof evmChain>;

const aleoChain = z.strictObject({
  family: z.literal("aleo"),
  ...anyChain,
  ...seenThrough(z.strictObject(provider), aleoBlockHash),
  network: z.enum(aleoNetworks),
});
/** An Aleo chain: the bridge's id, the network and who tells us about it. A committed block there is final. */
export type AleoChainConfig = z.output<typeof aleoChain>;

const chainSchema = z.discriminatedUnion("family", [evmChain, aleoChain], {
  error: `must be one of ${chainFamilies.join(", ")}`,
});
/** One chain, of any family. */
export type ChainConfig = z.output<typeof chainSchema>;

/** Which packets may wait less: those of these tokens, up to these amounts. */
const instant = z.strictObject({
  wait: duration,
  tokens: z.array(z.strictObject({ token: z.string(), maximumAmount: unsigned(128) })).min(1),
});

const routeSchema = z.strictObject({
  name,
  deployment: name,
  source: z.strictObject({ chain: name, bridge: z.string(), tokenService: z.string(), startHeight: height }),
  destination: z.strictObject({ chain: name, bridge: z.string(), tokenService: z.string() }),
  scheme: schemeName,
  attestor: z.string(),
  /** Keys that took over, or will, each from a sequence on, in the order of the sequences. */
  successors: z
    .array(z.strictObject({ attestor: z.string(), fromSequence: unsigned(64) }))
    .max(16)
    .default([]),
  wait: duration.default(86_400_000),
  instant: instant.optional(),
  overdue: duration.default(604_800_000),
});
export type RouteConfig = z.output<typeof routeSchema>;

const peer = { url: peerUrl, pin: publicKeyPin, timeout: durationBetween("100ms", "10m").default(10_000) };

/** Whom attestations go to, and how often its store is looked at. */
const collectorSchema = z.strictObject({
  name,
  kind: z.enum(["attestor", "verulink"]).default("attestor"),
  ...peer,
  poll: durationBetween("100ms", "1h").default(60_000),
});

/** A time of the day, UTC, as milliseconds after midnight. */
const timeOfDay = z
  .string({ error: "must be a time such as 03:00" })
  .regex(/^([01][0-9]|2[0-3]):[0-5][0-9]$/, { error: "must be a time such as 03:00" })
  .transform((text) => (Number(text.slice(0, 2)) * 60 + Number(text.slice(3))) * 60_000);

/** Which final blocks are read again each night. */
const rescanSchema = z.strictObject({
  at: timeOfDay.prefault("03:00"),
  blocks: integer(0, 10_000_000).default(20_000),
});

/** When executed packets leave the tables that are worked with. */
const archiveSchema = z.strictObject({ after: durationBetween("1h", "3650d").prefault("30d") });

/** Schema of `chain.yaml`; the annotated sample is `docs/samples/chain.yaml`. */
export const chainConfig = ((resolvePath: ResolvePath) =>
  z
    .strictObject({
      service: z.literal("chain"),
      ops: listenAddress(),
      stateFolder: filePath(resolvePath),
      logLevel,
      tls: tlsFiles(resolvePath),
      chains: z.array(chainSchema).min(1),
      routes: z.array(routeSchema).min(1),
      screening: screeningSettings(resolvePath),
      rescan: rescanSchema.prefault({}),
      archive: archiveSchema.prefault({}),
      signer: z.strictObject(peer),
      collectors: z.array(collectorSchema).min(1),
    })
    .superRefine((config, context) => {
      for (const { path, reason } of crossProblems(config)) {
        context.addIssue({ code: "custom", path: [...path], message: reason });
      }
    })) satisfies ConfigSchema<z.ZodType>;
export type ChainServiceConfig = z.output<ReturnType<typeof chainConfig>>;
