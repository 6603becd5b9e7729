import { createServer } from "node:http";
import etag from "@fastify/etag";
import rateLimit from "@fastify/rate-limit";
import { AttestorError } from "../../shared/errors/index.ts";
import { createHttpService, type HttpService } from "../../shared/http/index.ts";
import type { Logger } from "../../shared/log/index.ts";
import type { Followers } from "../follow/index.ts";
import type { Registry } from "../registry.ts";
import type { Store } from "../store/index.ts";
import { openApiOf } from "./openApi.ts";
import { publicEndpoints } from "./publicEndpoints.ts";
import { readerOf } from "./readerOf.ts";

/** How often Node looks for requests that take too long to arrive, in milliseconds; its default is 30 s. */
const connectionsCheckingInterval = 1_000;

/** Readers that are remembered for their rate; the one seen longest ago is forgotten first. */
const rememberedReaders = 10_000;

/**
 * Longest time in which a reader takes nothing of its answers, in milliseconds: they wait in memory for as long. Above what a
 * slow database may take to begin one, and the heartbeat of a follower.
 */
const patience = 60_000;

export interface PublicServerParts {
  readonly registry: Registry;
  readonly store: Store;
  readonly followers: Followers;
  /** Requests that one address may make in a minute. */
  readonly perMinute: number;
  /** Reverse proxies whose `X-Forwarded-For` is believed. */
  readonly proxies: readonly string[];
  /** Most connections at once; one more is closed at once, so that readers leave attestors what the process may open. */
  readonly mostConnections: number;
  /** How long nothing may move on a connection with an answer under way, in milliseconds; default a minute. */
  readonly patienceMs?: number;
  readonly logger: Logger;
}

/**
 * The public listener: plain HTTP, reads only, for users and front ends; `GET /openapi.json` describes it. Answers carry
 * an ETag, and pages of any origin may read them.
 */
export function createPublicServer(parts: PublicServerParts): HttpService {
  const { followers, perMinute, proxies, mostConnections, patienceMs = patience, logger } = parts;
  const service = createHttpService({
    logger,
    proxies,
    createServer: (handler) => createServer({ connectionsCheckingInterval }, handler),
  });
  service.server.maxConnections = mostConnections;
  service.server.setTimeout(patienceMs);
  // What no rate counts, or the rate refuses, keeps no connection: else whoever is over the rate holds any number of them.
  service.addHook("onSend", async (request, reply) => {
    if (request.is404 || reply.statusCode === 429) reply.header("connection", "close");
  });
  service.addHook("preClose", async () => followers.close());
  service.register(async (scope) => {
    await scope.register(rateLimit, {
      max: perMinute,
      timeWindow: "1 minute",
      cache: rememberedReaders,
      keyGenerator: readerOf,
      errorResponseBuilder: (_request, { ttl }) =>
        new AttestorError("rate_limited", { client: "at this address", retryAfterSeconds: Math.ceil(ttl / 1_000) }),
    });
    await scope.register(etag);
    scope.addHook("onSend", async (_request, reply) => {
      reply.header("access-control-allow-origin", "*");
      if (reply.statusCode === 200) reply.header("cache-control", "no-cache");
    });
    const endpoints = publicEndpoints(parts);
    for (const { path, handle } of endpoints) scope.get(path.replaceAll(/\{([a-z]+)\}/g, ":$1"), handle);
    const document = openApiOf(endpoints);
    scope.get("/openapi.json", () => document);
  });
  return service;
}
