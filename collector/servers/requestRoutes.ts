import { z } from "zod";
import type { Clock } from "../../shared/clock/index.ts";
import { AttestorError } from "../../shared/errors/index.ts";
import type { HttpService } from "../../shared/http/index.ts";
import type { Logger } from "../../shared/log/index.ts";
import { formatPacketId } from "../../shared/packet/index.ts";
import { check, hexBytes, name, printableAscii, unsigned } from "../../shared/schema/index.ts";
import { clientNameOf } from "../../shared/tls/index.ts";
import type { Registry } from "../registry.ts";
import { stretchOf } from "../seats.ts";
import type { OpenRequest, PacketRequest, Store } from "../store/index.ts";

const requestBody = z.strictObject({
  deployment: name,
  source: unsigned(128),
  destination: unsigned(128),
  sequence: unsigned(64),
  height: unsigned(64).optional(),
  transactionHash: hexBytes(32).optional(),
});
const listQuery = z.strictObject({
  attestor: printableAscii,
  limit: z
    .string()
    .regex(/^([1-9][0-9]?|100)$/, { error: "must be a whole number from 1 to 100" })
    .transform(Number)
    .default(20),
  after: z
    .string()
    .regex(/^(0|[1-9][0-9]{0,14})$/, { error: "must be the next of an earlier page" })
    .transform(Number)
    .default(0),
});

/**
 * Missed packets: the council asks, attestors look.
 *
 * - `POST /v1/requests` (the council's certificate only) asks every attestor of a route for one packet, by the key that has
 *   its sequence: 201, or 200 when
 *   it was asked for before. Height and transaction hash are hints.
 * - `GET /v1/requests?attestor=&limit=&after=` is what an attestor is still asked for, the oldest first: requests drop out
 *   of its list only when its verified signature is stored. `next` is the `after` of the next page, null after the last.
 */
export function addRequestRoutes(
  service: HttpService,
  deps: { readonly registry: Registry; readonly store: Store; readonly clock: Clock; readonly logger: Logger },
): void {
  const { registry, store, clock, logger } = deps;
  service.post("/v1/requests", async (request, reply) => {
    registry.requireCouncil(clientNameOf(request.raw.socket));
    const { height, transactionHash, ...id } = check(requestBody, request.body, "body");
    if (!registry.route(id)) throw new AttestorError("not_found", { what: "such route here" });
    const isNew = await store.request({ id, height, transactionHash, requestedAt: clock.now() });
    logger.warn({ audit: true, deployment: id.deployment, packet: formatPacketId(id), isNew }, "the council asks");
    return reply.status(isNew ? 201 : 200).send({ requested: isNew });
  });
  service.get("/v1/requests", async (request) => {
    const { attestor, limit, after } = check(listQuery, request.query, "query");
    registry.requireRight(clientNameOf(request.raw.socket), attestor);
    const page = await openRequests(registry, store, attestor, after, limit);
    const next = page.length < limit ? null : `${page.at(-1)?.position}`;
    return { requests: page.map(requestAnswer), next };
  });
}

/**
 * What an attestor's key is still asked for after a position, the oldest first, on all its routes and among the sequences
 * that belong to it.
 */
export async function openRequests(
  registry: Registry,
  store: Store,
  attestor: string,
  after: number,
  limit: number,
): Promise<OpenRequest[]> {
  const found: OpenRequest[] = [];
  for (const route of registry.routesOfAttestor(attestor)) {
    const { deployment, source, destination } = route;
    const stretch = stretchOf(route, attestor);
    if (!stretch) continue;
    const key = { deployment, source: source.chainId, destination: destination.chainId };
    found.push(...(await store.openRequests(key, attestor, stretch, after, limit)));
  }
  return found.sort((a, b) => a.position - b.position).slice(0, limit);
}

function requestAnswer({ id, height, transactionHash, requestedAt }: PacketRequest) {
  const hints = { height: height ?? null, transactionHash: transactionHash ?? null };
  return { ...id, ...hints, requestedAt: new Date(requestedAt).toISOString() };
}
