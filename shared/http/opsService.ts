import { createServer } from "node:http";
import type { Logger } from "../log/index.ts";
import type { Registry } from "../metrics/index.ts";
import { limits } from "./limits.ts";
import { createHttpService, type HttpService } from "./service.ts";

/** Whether a service can do its work now, and each reason why it cannot. */
export interface Readiness {
  readonly ready: boolean;
  readonly reasons: readonly string[];
  /** Names of the keys that are kept in another way than in an HSM or KMS, by that way; missing where there are none. */
  readonly custody?: Readonly<Record<string, readonly string[]>>;
}

/**
 * The plain listener for probes and scrapers, meant for loopback: `/livez` (the process answers), `/readyz` (it can do
 * its work now; 503 with reasons otherwise), `/metrics` (Prometheus text) and nothing else.
 */
export function createOpsService(options: {
  logger: Logger;
  registry: Registry;
  readiness: () => Readiness;
}): HttpService {
  const service = createHttpService({
    logger: options.logger,
    createServer: (handler) => createServer({ connectionsCheckingInterval: limits.checkMs }, handler),
  });
  service.get("/livez", () => ({ live: true }));
  service.get("/readyz", (_request, reply) => {
    const readiness = options.readiness();
    return reply.status(readiness.ready ? 200 : 503).send(readiness);
  });
  service.get("/metrics", async (_request, reply) =>
    reply
      .type(options.registry.contentType)
      .serializer((text) => String(text))
      .send(await options.registry.metrics()),
  );
  return service;
}
