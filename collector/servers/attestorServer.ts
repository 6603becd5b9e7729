import { createHttpService, type HttpService } from "../../shared/http/index.ts";
import type { Logger } from "../../shared/log/index.ts";
import { clientNameOf, createPinnedServer, type TlsIdentity } from "../../shared/tls/index.ts";
import { admitAttestation } from "../admission/index.ts";
import type { Receive } from "../receive.ts";
import type { Registry } from "../registry.ts";
import { addVerulinkRoutes } from "./verulinkRoutes.ts";

/**
 * The attestors' listener: mutual TLS, pinned clients only.
 *
 * `POST /v1/attestations` takes an attestation (packet, verdict, signature, assurance, custody, sources):
 * 201 `{"stored":true}`, 200 `{"stored":false,"reason":"duplicate"}` when it was there already, 409 when this attestor
 * signed something else about this packet id, 403 `denied` when it is not for this collector or not this client's to
 * write, 400 when it is not well formed. Beside it Verulink's paths, see {@link addVerulinkRoutes}.
 */
export function createAttestorServer(deps: {
  identity: TlsIdentity;
  registry: Registry;
  receive: Receive;
  verulinkBase: string;
  logger: Logger;
}): HttpService {
  const { identity, registry, receive, verulinkBase, logger } = deps;
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
  addVerulinkRoutes(service, verulinkBase, registry, receive);
  return service;
}
