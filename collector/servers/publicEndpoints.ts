import type { FastifyReply, FastifyRequest } from "fastify";
import { z } from "zod";
import { AttestorError, type ErrorCode } from "../../shared/errors/index.ts";
import { formatPacketId, type PacketId } from "../../shared/packet/index.ts";
import { check, name, unsigned } from "../../shared/schema/index.ts";
import { packetAnswer as describePacket } from "../answers.ts";
import type { Followers } from "../follow/index.ts";
import { listPackets } from "../listPackets.ts";
import type { Registry } from "../registry.ts";
import type { Store } from "../store/index.ts";
import { tally, tallyStatuses } from "../tally.ts";
import { eventData, packetAnswer, packetsAnswer } from "./publicAnswers.ts";
import { readerOf } from "./readerOf.ts";

/** One path of the public listener, with everything that is to be said of it. All are read with GET. */
export interface PublicEndpoint {
  /** With parameters in braces, as OpenAPI writes them. */
  readonly path: string;
  /** What it does, starting with a verb. */
  readonly summary: string;
  readonly params?: z.ZodType;
  readonly query?: z.ZodType;
  readonly answer: { readonly description: string; readonly mediaType: string; readonly schema: z.ZodType };
  /** Codes of refusals that are this endpoint's own. */
  readonly refusals: readonly ErrorCode[];
  handle(request: FastifyRequest, reply: FastifyReply): unknown;
}

/** Longest page of a list, and its default length. */
const pageLimit = { most: 100, usual: 20 } as const;

const chainId = unsigned(128);
const filterFields = { deployment: name.optional(), source: chainId.optional(), destination: chainId.optional() };

const listQuery = z.strictObject({
  ...filterFields,
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
const eventsQuery = z.strictObject({
  ...filterFields,
  after: z
    .string()
    .regex(/^(0|[0-9a-f]{8}-[0-9]{1,15})$/, { error: "must be 0 or the id of an event" })
    .optional(),
});

export function publicEndpoints(deps: {
  readonly registry: Registry;
  readonly store: Store;
  readonly followers: Followers;
}): readonly PublicEndpoint[] {
  const { registry, store, followers } = deps;
  return [
    {
      path: "/v1/packets",
      summary: "List packets in the order in which their contents arrived",
      query: listQuery,
      answer: {
        description: "A page, which may hold fewer than `limit`; the list has ended when `next` is null.",
        mediaType: "application/json",
        schema: packetsAnswer,
      },
      refusals: [],
      handle(request) {
        const { status, limit, after, ...filter } = check(listQuery, request.query, "query");
        return listPackets(registry, store, { filter, status, limit, after });
      },
    },
    {
      path: "/v1/packets/{source}/{destination}/{sequence}",
      summary: "Read one packet with its attestations and, once it has quorum, the ready call",
      params: packetPath,
      query: packetQuery,
      answer: { description: "The packet.", mediaType: "application/json", schema: packetAnswer },
      refusals: ["not_found", "ambiguous_deployment"],
      handle(request) {
        const id = check(packetPath, request.params, "path");
        return readPacket(registry, store, id, check(packetQuery, request.query, "query").deployment);
      },
    },
    {
      path: "/v1/events",
      summary: "Follow new signatures, as server-sent events",
      query: eventsQuery,
      answer: {
        description:
          "An endless stream of events `attestation`, whose data has this form. Starts now; with `Last-Event-ID`, or `after` for the first time, behind that event (0: at the beginning).",
        mediaType: "text/event-stream",
        schema: eventData,
      },
      refusals: ["overloaded"],
      async handle(request, reply) {
        const { after, ...filter } = check(eventsQuery, request.query, "query");
        const seen = request.headers["last-event-id"];
        const lastEventId = typeof seen === "string" && seen !== "" ? seen : after;
        await followers.follow(reply.raw, readerOf(request), filter, lastEventId);
        reply.hijack();
      },
    },
  ];
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
  return describePacket(only.route, only.counted);
}
