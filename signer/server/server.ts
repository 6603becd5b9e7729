import type { FastifyRequest } from "fastify";
import { AttestorError } from "../../shared/errors/index.ts";
import { createHttpService, type HttpService } from "../../shared/http/index.ts";
import type { Logger } from "../../shared/log/index.ts";
import { clientNameOf, createPinnedServer, type TlsIdentity } from "../../shared/tls/index.ts";
import type { Attestor, SigningKey } from "../attest.ts";
import type { Ledger } from "../ledger/index.ts";
import type { Client, Route } from "../policy/index.ts";
import type { SignerState } from "../state/index.ts";
import { postAttestation, readAttestation } from "./attestations.ts";
import { readCheckpoints } from "./checkpoints.ts";
import { readKeys } from "./keys.ts";

/** Who sent a request. */
export type ClientOf = (request: FastifyRequest) => Client;

export interface SignerServerParts {
  readonly identity: TlsIdentity;
  readonly clients: readonly Client[];
  readonly routes: readonly Route[];
  readonly keys: Iterable<SigningKey>;
  readonly attestor: Attestor;
  readonly state: SignerState;
  readonly ledger: Ledger;
  readonly logger: Logger;
}

/** The signer's one door for requests: HTTPS for pinned clients. */
export function createSignerServer(parts: SignerServerParts): HttpService {
  const { clients, logger } = parts;
  const names = new Map(clients.flatMap((client) => client.pins.map((pin) => [pin, client.name] as const)));
  const service = createHttpService({
    logger,
    createServer: (handler) => createPinnedServer(parts.identity, names, logger, handler),
  });
  const clientOf: ClientOf = ({ raw }) => {
    const name = clientNameOf(raw.socket);
    const client = clients.find((entry) => entry.name === name);
    if (!client) throw new AttestorError("client_refused", { reason: "its name has no entry" });
    return client;
  };
  postAttestation(service, clientOf, parts.attestor);
  readAttestation(service, clientOf, parts.ledger, parts.routes);
  readKeys(service, parts.keys);
  readCheckpoints(service, clientOf, parts.state);
  return service;
}
