import { constants } from "node:crypto";
import type { RequestListener, Server } from "node:http";
import { createServer, type Server as HttpsServer } from "node:https";
import type { Socket } from "node:net";
import type { TLSSocket } from "node:tls";
import { AttestorError } from "../errors/index.ts";
import { closeWith, refuseResponse } from "../http/index.ts";
import type { Logger } from "../log/index.ts";
import { type LiveIdentity, liveIdentity } from "./followIdentity.ts";
import type { TlsIdentity } from "./identity.ts";
import { pinOf } from "./pin.ts";
import { createPinDirectory, notPinned, type PinDirectory } from "./pinDirectory.ts";

/** Longest time from accepted connection to finished handshake, in milliseconds. */
const handshakeTimeout = 5_000;

/** Between two looks for requests that are over their time, in milliseconds. Node's own default is 30 seconds. */
const connectionsCheckingInterval = 1_000;

/**
 * An HTTPS server that lets in pinned clients only. Both must hold: the certificate chains to the client authority and
 * is in date (TLS refuses the handshake otherwise), and its public key is pinned to a name. An unpinned client is
 * answered before a byte of its request is parsed.
 *
 * TLS 1.3 only. No resumption: tickets carry no state (SSL_OP_NO_TICKET) and no session is kept, so a certificate is
 * looked at on every connection. One that expires while its connection is open is refused at the next request.
 *
 * @param pins client names by public key pin, or a directory of them that can be replaced while the server runs.
 * @param now milliseconds since 1970; the handshake itself goes by the machine's clock.
 */
export function createPinnedServer(
  identity: TlsIdentity | LiveIdentity,
  pins: PinDirectory | ReadonlyMap<string, string>,
  logger: Logger,
  handler: RequestListener,
  now = Date.now,
): HttpsServer {
  const live = liveIdentity(identity);
  const server = createServer(
    {
      ...secureContext(live.current()),
      requestCert: true,
      rejectUnauthorized: true,
      handshakeTimeout,
      connectionsCheckingInterval,
    },
    refusingExpired(handler, logger, now),
  );
  live.onRenewal((renewed) => server.setSecureContext(secureContext(renewed)));
  admitPinnedOnly(server, "admit" in pins ? pins : createPinDirectory(pins), logger);
  server.on("tlsClientError", (error: NodeJS.ErrnoException, socket) => {
    const reason = String(socket.authorizationError ?? error.code);
    logger.warn({ peer: socket.remoteAddress, reason }, "refused a TLS handshake");
  });
  return server;
}

function secureContext({ certificate, key, peerAuthority }: TlsIdentity) {
  const secureOptions = constants.SSL_OP_NO_TICKET;
  return { cert: certificate, key, ca: peerAuthority, minVersion: "TLSv1.3", secureOptions } as const;
}

/** Until when the client's certificate on a connection is valid, in milliseconds since 1970. */
const validity = new WeakMap<Socket, number>();

function refusingExpired(handler: RequestListener, logger: Logger, now: () => number): RequestListener {
  return (request, response) => {
    const { socket } = request;
    if (now() <= (validity.get(socket) ?? 0)) {
      handler(request, response);
      return;
    }
    logger.warn({ peer: socket.remoteAddress }, "refused a client whose certificate expired on an open connection");
    refuseResponse(response, new AttestorError("client_refused", { reason: "its certificate has expired" }));
  };
}

/** Puts the pin check in front of Node's HTTP parser, which listens to the same event. */
function admitPinnedOnly(server: HttpsServer, pins: PinDirectory, logger: Logger): void {
  const parsers = server.listeners("secureConnection") as ((this: Server, socket: TLSSocket) => void)[];
  server.removeAllListeners("secureConnection");
  server.on("secureConnection", (socket: TLSSocket) => {
    const { raw, valid_to } = socket.getPeerCertificate();
    const pin = pinOf(raw);
    validity.set(socket, Date.parse(valid_to));
    if (!pins.admit(socket, pin)) {
      logger.warn({ peer: socket.remoteAddress, pin }, "refused a client whose key is not pinned");
      closeWith(notPinned(), socket);
      return;
    }
    for (const parser of parsers) parser.call(server, socket);
  });
}
