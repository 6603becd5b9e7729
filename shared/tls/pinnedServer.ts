import { constants } from "node:crypto";
import type { RequestListener, Server } from "node:http";
import { createServer, type Server as HttpsServer } from "node:https";
import type { TLSSocket } from "node:tls";
import { closeWith } from "../http/index.ts";
import type { Logger } from "../log/index.ts";
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
 * looked at on every connection.
 *
 * @param pins client names by public key pin, or a directory of them that can be replaced while the server runs.
 */
export function createPinnedServer(
  identity: TlsIdentity,
  pins: PinDirectory | ReadonlyMap<string, string>,
  logger: Logger,
  handler: RequestListener,
): HttpsServer {
  const server = createServer(
    {
      cert: identity.certificate,
      key: identity.key,
      ca: identity.peerAuthority,
      requestCert: true,
      rejectUnauthorized: true,
      minVersion: "TLSv1.3",
      secureOptions: constants.SSL_OP_NO_TICKET,
      handshakeTimeout,
      connectionsCheckingInterval,
    },
    handler,
  );
  admitPinnedOnly(server, "admit" in pins ? pins : createPinDirectory(pins), logger);
  server.on("tlsClientError", (error: NodeJS.ErrnoException, socket) => {
    const reason = String(socket.authorizationError ?? error.code);
    logger.warn({ peer: socket.remoteAddress, reason }, "refused a TLS handshake");
  });
  return server;
}

/** Puts the pin check in front of Node's HTTP parser, which listens to the same event. */
function admitPinnedOnly(server: HttpsServer, pins: PinDirectory, logger: Logger): void {
  const parsers = server.listeners("secureConnection") as ((this: Server, socket: TLSSocket) => void)[];
  server.removeAllListeners("secureConnection");
  server.on("secureConnection", (socket: TLSSocket) => {
    const pin = pinOf(socket.getPeerCertificate().raw);
    if (!pins.admit(socket, pin)) {
      logger.warn({ peer: socket.remoteAddress, pin }, "refused a client whose key is not pinned");
      closeWith(notPinned(), socket);
      return;
    }
    for (const parser of parsers) parser.call(server, socket);
  });
}
