import { type ConnectionOptions, connect, type TLSSocket } from "node:tls";
import type { TlsIdentity } from "../../../shared/tls/index.ts";

/** What came back on one connection: the text of the HTTP answers, and why it ended if not in order. */
export interface Conversation {
  readonly text: string;
  readonly error: string | undefined;
  /** Whether the TLS session was resumed. */
  readonly resumed: boolean;
  /** Session tickets that the server sent. */
  readonly sessions: readonly Buffer[];
}

export interface Talk {
  readonly port: number;
  /** Nothing is shown to the server if missing. */
  readonly identity?: Partial<TlsIdentity>;
  /** Sent as they are, one after the other. */
  readonly send: readonly string[];
  readonly tls?: ConnectionOptions;
}

/** Speaks TLS without an HTTP client in between, and listens until the server closes. */
export function talk({ port, identity = {}, send, tls = {} }: Talk): Promise<Conversation> {
  const { promise, resolve } = Promise.withResolvers<Conversation>();
  const { certificate: cert, key, peerAuthority: ca } = identity;
  const options: ConnectionOptions = { host: "127.0.0.1", port, cert, key, ca, ...tls };
  const chunks: Buffer[] = [];
  const sessions: Buffer[] = [];
  let error: string | undefined;
  let resumed = false;
  const socket: TLSSocket = connect(options, () => {
    resumed = socket.isSessionReused();
    for (const text of send) socket.write(text);
  });
  socket.on("session", (session: Buffer) => sessions.push(session));
  socket.on("data", (chunk: Buffer) => chunks.push(chunk));
  socket.on("error", (fault: NodeJS.ErrnoException) => {
    error ??= fault.code ?? fault.message;
  });
  socket.on("close", () => resolve({ text: Buffer.concat(chunks).toString("utf8"), error, resumed, sessions }));
  return promise;
}

/** A request for which the server closes the connection after its answer. */
export function get(path: string): string {
  return `GET ${path} HTTP/1.1\r\nhost: signer\r\nconnection: close\r\n\r\n`;
}

export function post(path: string, body: string, headers = "content-type: application/json"): string {
  const length = Buffer.byteLength(body);
  return `POST ${path} HTTP/1.1\r\nhost: signer\r\nconnection: close\r\ncontent-length: ${length}\r\n${headers}\r\n\r\n${body}`;
}

/** The one answer of a conversation, with the parts that a description of the interface speaks of. */
export function wireAnswer({ text }: Pick<Conversation, "text">) {
  const [head = "", ...rest] = text.split("\r\n\r\n");
  const header = (name: string) => new RegExp(`^${name}: (.*)$`, "im").exec(head)?.[1]?.trim();
  return {
    status: Number(/^HTTP\/1.1 ([0-9]{3})/.exec(head)?.[1]),
    mediaType: header("content-type") ?? "",
    retryAfter: header("retry-after"),
    text: rest.join("\r\n\r\n"),
  };
}
