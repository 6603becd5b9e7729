import { z } from "zod";
import { AttestorError } from "../../shared/errors/index.ts";
import type { HttpService } from "../../shared/http/index.ts";
import { check, name, unsigned } from "../../shared/schema/index.ts";
import { type Attestation, attestationRequestSchema, attestationToWire } from "../../shared/wire/index.ts";
import type { Attestor } from "../attest.ts";
import { findRoute } from "../gate/index.ts";
import type { Ledger } from "../ledger/index.ts";
import type { Client, Route } from "../policy/index.ts";
import { answer } from "./answers.ts";
import type { ClientOf } from "./server.ts";

const pathSchema = z.strictObject({ source: unsigned(128), destination: unsigned(128), sequence: unsigned(64) });
const querySchema = z.strictObject({ deployment: name.optional() });

/** `POST /v1/attestations`: asks for one attestation. */
export function postAttestation(service: HttpService, clientOf: ClientOf, attestor: Attestor): void {
  service.post("/v1/attestations", async (request, reply) => {
    const client = clientOf(request);
    const wanted = check(attestationRequestSchema, request.body, "body");
    return answer(reply, await attestor.attest(client, wanted));
  });
}

/**
 * `GET /v1/attestations/{source}/{destination}/{sequence}[?deployment=]`: the attestation that was released for a packet.
 * A client sees those of its own routes; to it there are no others.
 */
export function readAttestation(
  service: HttpService,
  clientOf: ClientOf,
  ledger: Ledger,
  routes: readonly Route[],
): void {
  service.get("/v1/attestations/:source/:destination/:sequence", async (request) => {
    const client = clientOf(request);
    const id = check(pathSchema, request.params, "path");
    const { deployment } = check(querySchema, request.query, "query");
    const found = ledger
      .find(id)
      .filter(
        (attestation) =>
          isVisible(attestation, client, routes) && (deployment === undefined || attestation.deployment === deployment),
      );
    const [first, ...others] = found;
    if (!first) throw new AttestorError("not_found", { what: "attestation of such a packet" });
    if (others.length > 0) {
      throw new AttestorError("ambiguous_deployment", { deployments: found.map((each) => each.deployment) });
    }
    return { attestation: attestationToWire(first) };
  });
}

function isVisible({ deployment, packet }: Attestation, client: Client, routes: readonly Route[]): boolean {
  const route = findRoute(routes, deployment, packet);
  return route !== undefined && client.routes.includes(route.name);
}
