import { connect } from "node:net";
import { onTestFinished } from "vitest";
import { closed } from "../tls/sockets.ts";

/** An answer as it came over the wire. */
export interface RawAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** Sends `text` as it is over a TCP connection and reads answers until the server closes it. */
export async function rawRequest(port: number, text: string | Buffer): Promise<RawAnswer[]> {
  const socket = connect(port, "127.0.0.1");
  onTestFinished(() => {
    socket.destroy();
  });
  const chunks: Buffer[] = [];
  socket.on("data", (chunk: Buffer) => chunks.push(chunk));
  const end = closed(socket);
  socket.write(text);
  await end;
  return answersIn(Buffer.concat(chunks).toString("utf8"));
}

/** A request with a `Connection: close` of its own. */
export function request(method: string, path: string, body = "", headers: Record<string, string> = {}): string {
  const all = {
    host: "localhost",
    connection: "close",
    ...(body && { "content-type": "application/json", "content-length": String(Buffer.byteLength(body)) }),
    ...headers,
  };
  const lines = Object.entries(all).map(([name, value]) => `${name}: ${value}\r\n`);
  return `${method} ${path} HTTP/1.1\r\n${lines.join("")}\r\n${body}`;
}

function answersIn(text: string): RawAnswer[] {
  const end = text.indexOf("\r\n\r\n");
  if (end < 0) return [];
  const [statusLine = "", ...lines] = text.slice(0, end).split("\r\n");
  const headers = Object.fromEntries(
    lines.map((line) => {
      const colon = line.indexOf(":");
      return [line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim()];
    }),
  );
  const length = Number(headers["content-length"] ?? 0);
  const body = text.slice(end + 4, end + 4 + length);
  const first = { status: Number(statusLine.split(" ")[1]), headers, body };
  return [first, ...answersIn(text.slice(end + 4 + length))];
}
