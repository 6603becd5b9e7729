import { z } from "zod";
import { AttestorError } from "../../shared/errors/index.ts";
import { name, unsigned } from "../../shared/schema/index.ts";
import { attestationSchema } from "../../shared/wire/index.ts";
import { idOf, type Newest } from "../newest/index.ts";
import { approvalSchema, type Client } from "../policy/index.ts";
import { waivedAnswer, wantedAnswer } from "./answerSchemas.ts";
import { ok } from "./answers.ts";
import type { Caller } from "./caller.ts";
import { type Endpoint, endpoint } from "./endpoint.ts";

/** Most routes that one client shows something for. */
const mostRoutes = 1_000;

const bodySchema = z.strictObject({
  routes: z
    .array(
      z.strictObject({
        route: z.strictObject({ deployment: name, source: unsigned(128), destination: unsigned(128) }),
        newest: attestationSchema.nullable().meta({ description: "The newest one; null says that there is none." }),
      }),
    )
    .max(mostRoutes),
});

/** `GET /v1/clients/self/newest`: which start of the signer this is, and what the caller has to show it. */
export function readWanted(newest: Newest): Endpoint {
  return endpoint({
    method: "GET",
    path: "/v1/clients/self/newest",
    allowed: ["attest"],
    summary: "Read for which routes this start of the signer has to be shown the newest attestations",
    answers: { 200: { description: "What is wanted.", schema: wantedAnswer } },
    refusals: [],
    handle: ({ caller }) => ok(wantedOf(newest, clientOf(caller))),
  });
}

/** `PUT /v1/clients/self/newest`: shows the caller's newest attestation on each of its routes, or that it has none. */
export function putNewest(newest: Newest): Endpoint {
  return endpoint({
    method: "PUT",
    path: "/v1/clients/self/newest",
    allowed: ["attest"],
    summary: "Show the newest attestation of every route, so that an older copy of the ledger is found out",
    body: bodySchema,
    bodyLimitBytes: mostRoutes * 2_000,
    answers: { 200: { description: "The ledger has all of them.", schema: wantedAnswer } },
    refusals: ["ledger_rolled_back"],
    async handle({ caller, body: { routes } }) {
      const client = clientOf(caller);
      await newest.show(client, routes);
      return ok(wantedOf(newest, client));
    },
  });
}

/** `POST /v1/clients/{name}/waive`: goes on without what a client holds, for which two operators signed. */
export function postWaiver(newest: Newest): Endpoint {
  return endpoint({
    method: "POST",
    path: "/v1/clients/{name}/waive",
    allowed: ["operator"],
    summary: "Go on without what a client has to show, until the next start",
    params: z.strictObject({ name }),
    body: z.strictObject({ approval: approvalSchema }),
    answers: { 200: { description: "It is waited for no more.", schema: waivedAnswer } },
    refusals: ["not_found", "approval_refused"],
    handle: async ({ params, body }) => ok(await newest.waive(params.name, body.approval)),
  });
}

function wantedOf({ start, wanted }: Newest, client: Client) {
  const { standing, routes } = wanted(client);
  const named = routes.map(idOf).map((route) => ({
    ...route,
    source: `${route.source}`,
    destination: `${route.destination}`,
  }));
  return { start, newest: standing.newest, routes: named };
}

function clientOf(caller: Caller): Client {
  if (caller.kind === "client") return caller.client;
  throw new AttestorError("internal", { reason: "an operator was taken for a client" });
}
