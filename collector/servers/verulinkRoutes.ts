import { z } from "zod";
import type { HttpService } from "../../shared/http/index.ts";
import { JsonNumber } from "../../shared/json/index.ts";
import { check, printableAscii } from "../../shared/schema/index.ts";
import { clientNameOf } from "../../shared/tls/index.ts";
import { admitSignature } from "../admission/index.ts";
import type { Receive } from "../receive.ts";
import type { Registry } from "../registry.ts";
import type { OpenRequest, PacketRequest, Store } from "../store/index.ts";
import { openRequests } from "./requestRoutes.ts";

/** `unconfirmed=true` marks the answer to a missed-packet request; it is taken in like any other. */
const signatureQuery = z.strictObject({ unconfirmed: z.enum(["true", "false"]).optional() });

const unconfirmedQuery = z.strictObject({
  address: printableAscii,
  limit: z
    .string()
    .regex(/^[1-9][0-9]{0,2}$/, { error: "must be a whole number from 1 to 999" })
    .transform(Number)
    .default(20),
});

/**
 * The paths of Verulink's database service, for its unmodified clients.
 *
 * - `GET {base}`: 200, alive; the answer names the store, as `GET /v1/store` does.
 * - `POST {base}/signature`: 201 `{message}`, also when it was there already; the message is then `Duplicate packet`,
 *   which those clients count as delivered.
 * - `GET {base}/unconfirmed?address=&limit=`: the packets that an attestor is asked to process again, until its
 *   signature about them is stored. Those clients know no pages: where there are more than `limit`, each answer goes on
 *   where the one before ended, so that packets that cannot be found keep no other from being asked for.
 */
export function addVerulinkRoutes(
  service: HttpService,
  deps: { readonly base: string; readonly registry: Registry; readonly store: Store; readonly receive: Receive },
): void {
  const { base, registry, store, receive } = deps;
  const nextTurn = createTurns(registry, store);
  service.get(base, () => ({ message: "OK", instance: store.instance }));
  service.post(`${base}/signature`, async (request, reply) => {
    check(signatureQuery, request.query, "query");
    const client = clientNameOf(request.raw.socket);
    const outcome = await receive("verulink", client, () => admitSignature(registry, client, request.body));
    return reply.status(201).send({ message: outcome === "stored" ? "Signature stored" : "Duplicate packet" });
  });
  service.get(`${base}/unconfirmed`, async (request) => {
    const { address, limit } = check(unconfirmedQuery, request.query, "query");
    registry.requireRight(clientNameOf(request.raw.socket), address);
    const data = (await nextTurn(address, limit)).map(unconfirmedAnswer);
    return { data, message: data.length === 0 ? "No packet is asked for" : "These packets are asked for" };
  });
}

function createTurns(registry: Registry, store: Store) {
  /** The position where the latest answer ended, by attestor: only registered ones come as far. */
  const ends = new Map<string, number>();
  return async (attestor: string, limit: number): Promise<OpenRequest[]> => {
    const end = ends.get(attestor) ?? 0;
    const later = await openRequests(registry, store, attestor, end, limit);
    const missing = limit - later.length;
    const fromStart = missing > 0 && end > 0 ? await openRequests(registry, store, attestor, 0, missing) : [];
    const turn = [...later, ...fromStart.filter(({ position }) => position <= end)];
    ends.set(attestor, turn.at(-1)?.position ?? 0);
    return turn;
  };
}

/** Chain ids are text there, sequence and height JSON numbers. */
function unconfirmedAnswer({ id, height, transactionHash }: PacketRequest) {
  return {
    destChainId: id.destination.toString(),
    sourceChainId: id.source.toString(),
    sequence: new JsonNumber(id.sequence.toString()),
    height: new JsonNumber((height ?? 0n).toString()),
    transactionHash: transactionHash ?? "",
  };
}
