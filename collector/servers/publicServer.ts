import { createServer } from "node:http";
import { z } from "zod";
import { AttestorError } from "../../shared/errors/index.ts";
import { createHttpService, type HttpService } from "../../shared/http/index.ts";
import type { Logger } from "../../shared/log/index.ts";
import { formatPacketId, type PacketId } from "../../shared/packet/index.ts";
import { check, name, unsigned } from "../../shared/schema/index.ts";
import { packetAnswer } from "../answers.ts";
import { listPackets } from "../listPackets.ts";
import type { Registry } from "../registry.ts";
import type { Store } from "../store/index.ts";
import { tally, tallyStatuses } from "../tally.ts";

/** How often Node looks for requests that take too long to arrive, in milliseconds; its default is 30 s. */
const connectionsCheckingInterval = 1_000;

/** Longest page of a list, and its default length. */
const pageLimit = { most: 100, usual: 20 } as const;

const chainId = unsigned(128);

const listQuery = z.strictObject({
  deployment: name.optional(),
  source: chainId.optional(),
  destination: chainId.optional(),
  status: z.enum(tallyStatuses).optional(),
  limit: z
    .string()
    .regex(/^([1-9][0-9]?|100)$/, { error: `must be a whole number from 1 to ${pageLimit.most}` })
    .transform(Number)
    .default(pageLimit.usual),
  after: z
    .string()
    .regex(/^(0|[1-9][0-9]{0,14})$/, { error: "must be the next of an earlier page" })
    .transform(Number)
    .default(0),
});

const packetPath = z.strictObject({ source: chainId, destination: chainId, sequence: unsigned(64) });
const packetQuery = z.strictObject({ deployment: name.optional() });

/**
 * The public listener: plain HTTP, reads only, for users and front ends.
 *
 * `GET /v1/packets?deployment=&source=&destination=&status=&limit=&after=` lists packets in the order of their arrival.
 * A page may hold fewer than `limit`; the list has ended when `next` is null, otherwise `after=NEXT` goes on.
 *
 * `GET /v1/packets/{source}/{destination}/{sequence}?deployment=` gives one packet with its attestations and the ready
 * call; 409 `ambiguous_deployment` where several deployments have it and none is named.
 */
export function createPublicServer(deps: { registry: Registry; store: Store; logger: Logger }): HttpService {
  const { registry, store, logger } = deps;
  const service = createHttpService({
    logger,
    createServer: (handler) => createServer({ connectionsCheckingInterval }, handler),
  });
  service.get("/v1/packets", (request) => {
    const { status, limit, after, ...filter } = check(listQuery, request.query, "query");
    return listPackets(registry, store, { filter, status, limit, after });
  });
  service.get("/v1/packets/:source/:destination/:sequence", (request) => {
    const id = check(packetPath, request.params, "path");
    const { deployment } = check(packetQuery, request.query, "query");
    return readPacket(registry, store, id, deployment);
  });
  return service;
}

async function readPacket(registry: Registry, store: Store, id: PacketId, deployment: string | undefined) {
  const records = await store.find(id, deployment);
  const found = records.flatMap((record) => {
    const route = registry.route(record.id);
    const counted = route && tally(route, record);
    return counted ? [{ route, counted }] : [];
  });
  const [only, ...others] = found;
  if (!only) throw new AttestorError("not_found", { what: `packet ${formatPacketId(id)}` });
  if (others.length > 0) {
    throw new AttestorError("ambiguous_deployment", { deployments: found.map(({ route }) => route.deployment) });
  }
  return packetAnswer(only.route, only.counted);
}
