import { z } from "zod";
import type { Clock } from "../../shared/clock/index.ts";
import { AttestorError } from "../../shared/errors/index.ts";
import { createHttpService, type HttpService } from "../../shared/http/index.ts";
import type { Logger } from "../../shared/log/index.ts";
import { formatPacketId } from "../../shared/packet/index.ts";
import { check, name, printableAscii, unsigned } from "../../shared/schema/index.ts";
import { clientNameOf, createPinnedServer, type LiveIdentity } from "../../shared/tls/index.ts";
import { admitAttestation } from "../admission/index.ts";
import type { Receive } from "../receive.ts";
import type { Registry } from "../registry.ts";
import type { Store } from "../store/index.ts";
import { addRequestRoutes } from "./requestRoutes.ts";
import { addVerulinkRoutes } from "./verulinkRoutes.ts";

const packetPath = z.strictObject({ source: unsigned(128), destination: unsigned(128), sequence: unsigned(64) });
const statementQuery = z.strictObject({ deployment: name, attestor: printableAscii });

/**
 * The attestors' listener: mutual TLS, pinned clients only.
 *
 * `POST /v1/attestations` takes an attestation (packet, verdict, signature, assurance, custody, sources):
 * 201 `{"stored":true}`, 200 `{"stored":false,"reason":"duplicate"}` when it was there already, 409 when this attestor
 * signed something else about this packet id, 403 `denied` when it is not for this collector or not this client's to
 * write, 400 when it is not well formed.
 *
 * `GET /v1/attestations/{source}/{destination}/{sequence}?deployment=&attestor=` reads back what is stored of that
 * attestor: `{"digest":…,"signature":…}`, or 404. `GET /v1/store` names the store: `{"instance":…}`; when that changes,
 * attestors hand in again what they have. Beside it missed packets, see
 * {@link addRequestRoutes}, and Verulink's paths, see {@link addVerulinkRoutes}.
 */
export function createAttestorServer(deps: {
  identity: LiveIdentity;
  registry: Registry;
  store: Store;
  receive: Receive;
  verulinkBase: string;
  clock: Clock;
  logger: Logger;
}): HttpService {
  const { identity, registry, store, receive, verulinkBase, clock, logger } = deps;
  const service = createHttpService({
    logger,
    createServer: (handler) => createPinnedServer(identity, registry.pins, logger, handler),
  });
  service.post("/v1/attestations", async (request, reply) => {
    const client = clientNameOf(request.raw.socket);
    const outcome = await receive("attestations", client, () => admitAttestation(registry, client, request.body));
    return outcome === "stored"
      ? reply.status(201).send({ stored: true })
      : reply.status(200).send({ stored: false, reason: "duplicate" });
  });
  service.get("/v1/attestations/:source/:destination/:sequence", async (request) => {
    const id = check(packetPath, request.params, "path");
    const { deployment, attestor } = check(statementQuery, request.query, "query");
    registry.requireRight(clientNameOf(request.raw.socket), attestor);
    const statement = await store.statement({ ...id, deployment }, attestor);
    if (statement) return { digest: statement.digest, signature: statement.signature };
    throw new AttestorError("not_found", { what: `statement of ${attestor} about packet ${formatPacketId(id)}` });
  });
  service.get("/v1/store", () => ({ instance: store.instance }));
  addRequestRoutes(service, { registry, store, clock, logger });
  addVerulinkRoutes(service, { base: verulinkBase, registry, store, receive });
  return service;
}
