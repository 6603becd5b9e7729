import { z } from "zod";
import {
  type ConfigSchema,
  listenAddress,
  logLevel,
  publicKeyPin,
  type ResolvePath,
  tlsFiles,
} from "../shared/config/index.ts";
import { schemeName } from "../shared/digest/index.ts";
import { chainFamilies } from "../shared/packet/index.ts";
import { integer, name, unsigned } from "../shared/schema/index.ts";
import { attestorMisspelling } from "../shared/signature/index.ts";
import { problemsBetweenSettings } from "./configRules.ts";
import { databaseSettings } from "./databaseSettings.ts";

/** More attestors than any bridge has; their signatures must fit into one transaction. */
const mostAttestors = 100;

const address = z.string({ error: "must be an address" });

const attestorAddress = address.superRefine((text, context) => {
  const reason = attestorMisspelling(text);
  if (reason) context.addIssue({ code: "custom", message: reason });
});

const chainEnd = { chainId: unsigned(128), family: z.enum(chainFamilies), tokenService: address };

/** A key that takes over from another one of the same attestor; the entry's scheme decides how both are spelt. */
const successor = z.strictObject({ attestor: address, succeeds: address, fromSequence: unsigned(64) });

/** The settings of one direction of one deployment. */
const route = z.strictObject({
  deployment: name,
  source: z.strictObject(chainEnd),
  destination: z.strictObject({ ...chainEnd, bridge: address }),
  scheme: schemeName,
  quorum: integer(1, mostAttestors),
  attestors: z.array(address).min(1).max(mostAttestors),
  /** Each below the one that it succeeds. */
  successors: z.array(successor).max(mostAttestors).default([]),
});

/** Where users read, and how much one of them may. */
const publicDoor = listenAddress().extend({
  rate: z.strictObject({ perMinute: integer(1, 1_000_000).default(600) }).prefault({}),
  /** Addresses of reverse proxies whose `X-Forwarded-For` is believed. */
  proxies: z
    .array(z.union([z.ipv4(), z.ipv6(), z.cidrv4(), z.cidrv6()], { error: "must be an IP address or a CIDR range" }))
    .default([]),
  /** Most readers that follow events at once. */
  followers: integer(0, 100_000).default(1_000),
  /** Most of them at one address. */
  followersPerAddress: integer(1, 100_000).default(20),
});

const client = z.strictObject({
  name,
  pins: z.array(publicKeyPin).min(1),
  attestors: z.array(attestorAddress).min(1),
});

function schema(resolvePath: ResolvePath) {
  return z
    .strictObject({
      service: z.literal("collector"),
      listen: listenAddress(),
      public: publicDoor,
      ops: listenAddress(),
      tls: tlsFiles(resolvePath),
      database: databaseSettings(resolvePath),
      logLevel,
      verulinkBase: z
        .string()
        .regex(/^(\/[A-Za-z0-9._-]+)+$/, { error: "must be a path such as /verulink" })
        .refine((path) => !/^\/v1(\/|$)/.test(path), { error: "must not start with /v1, where our own API is" })
        .default("/verulink"),
      clients: z.array(client).min(1),
      council: z.strictObject({ pins: z.array(publicKeyPin).min(1) }).optional(),
      registry: z.array(route).min(1),
    })
    .superRefine((config, context) => {
      for (const { path, reason } of problemsBetweenSettings(config)) {
        context.addIssue({ code: "custom", path, message: reason });
      }
    });
}

/** What `collector.yaml` may hold; `docs/samples/collector.yaml` explains each setting. */
export const collectorConfig: ConfigSchema<ReturnType<typeof schema>> = schema;

export type CollectorConfig = z.output<ReturnType<typeof schema>>;
/** One direction of one deployment: which contracts, which attestors, how many of them. */
export type RegisteredRoute = z.output<typeof route>;
export type RegisteredClient = z.output<typeof client>;
