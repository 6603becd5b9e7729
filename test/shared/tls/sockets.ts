import { once } from "node:events";
import type { AddressInfo, Server, Socket } from "node:net";
import { type ConnectionOptions, connect, createServer, type TlsOptions } from "node:tls";
import { onTestFinished } from "vitest";
import type { TlsIdentity } from "../../../shared/tls/index.ts";

/** The address 127.0.0.1 and the system's choice of port; the server goes with the running test. */
export async function listening(server: Server): Promise<number> {
  const sockets = new Set<Socket>();
  server.on("connection", (socket: Socket) => sockets.add(socket));
  onTestFinished(() => {
    server.close();
    for (const socket of sockets) socket.destroy();
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return (server.address() as AddressInfo).port;
}

/** Everything that came over one connection until it closed. */
export interface Conversation {
  readonly received: string;
  readonly errorCode: string | undefined;
  readonly protocol: string | undefined;
  readonly resumed: boolean;
  /** The last session ticket that the server handed out. */
  readonly session: Buffer | undefined;
}

/**
 * Connects with TLS, sends `text` once the handshake is through on our side, and listens until the connection closes.
 *
 * @param identity none to show no certificate.
 */
export async function converse(
  port: number,
  identity: TlsIdentity | undefined,
  authority: string,
  text: string | Buffer,
  options: ConnectionOptions = {},
): Promise<Conversation> {
  const socket = connect({
    host: "127.0.0.1",
    port,
    ca: authority,
    ...(identity && { cert: identity.certificate, key: identity.key }),
    ...options,
  });
  onTestFinished(() => {
    socket.destroy();
  });
  let received = "";
  let errorCode: string | undefined;
  let session: Buffer | undefined;
  let protocol: string | undefined;
  let resumed = false;
  socket.setEncoding("utf8");
  socket.on("secureConnect", () => {
    protocol = socket.getProtocol() ?? undefined;
    resumed = socket.isSessionReused();
    socket.write(text);
  });
  socket.on("data", (chunk) => {
    received += String(chunk);
  });
  socket.on("session", (ticket: Buffer) => {
    session = ticket;
  });
  socket.on("error", (error: NodeJS.ErrnoException) => {
    errorCode = error.code ?? error.name;
  });
  await closed(socket);
  return { received, errorCode, protocol, resumed, session };
}

/** Resolves when the socket is closed, for whatever reason. */
export function closed(socket: Socket): Promise<void> {
  return new Promise((resolve) => {
    socket.on("error", () => {}).on("close", () => resolve());
  });
}

/** A TLS server that answers nothing and keeps every byte that its clients send after the handshake. */
export async function recordingServer(identity: TlsIdentity, options: TlsOptions = {}) {
  const seen = { connections: 0, bytes: 0 };
  const server = createServer({
    cert: identity.certificate,
    key: identity.key,
    ca: identity.peerAuthority,
    requestCert: true,
    rejectUnauthorized: true,
    ...options,
  });
  server.on("secureConnection", (socket) => {
    socket.on("error", () => socket.destroy());
    socket.on("data", (chunk: Buffer) => {
      seen.bytes += chunk.length;
    });
  });
  server.on("connection", () => {
    seen.connections += 1;
  });
  server.on("tlsClientError", (_error, socket) => socket.destroy());
  return { port: await listening(server), seen };
}
