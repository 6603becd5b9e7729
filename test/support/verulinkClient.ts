import { connect } from "node:net";
import { stringifyJson } from "../../shared/json/index.ts";
import { type Packet, packetToVerulinkWire } from "../../shared/packet/index.ts";

/**
 * Verulink's signing client as its signing service sees it: Go's net/http over plain TCP. It names no media type, sends
 * basic authentication, writes every integer as a JSON number, and its keys come in the order of its structs.
 */
export function verulinkBody(packet: Packet, isWhite: boolean): string {
  const { version, source, destination, sequence, message, height } = packetToVerulinkWire(packet) as Record<
    string,
    Record<string, unknown>
  >;
  const { dest_token_address, sender_address, amount, receiver_address } = message ?? {};
  const ordered = {
    version,
    source,
    destination,
    sequence,
    message: { dest_token_address, sender_address, amount, receiver_address },
    height,
  };
  return stringifyJson({ packet: ordered, is_white: isWhite });
}

/** What Go's http.Client writes for `POST /sign`; without a body it is what the client tries at its start. */
export function goPost(port: number, body = "", headers: readonly string[] = []): string {
  const lines = [
    "POST /sign HTTP/1.1",
    `Host: 127.0.0.1:${port}`,
    "User-Agent: Go-http-client/1.1",
    `Content-Length: ${Buffer.byteLength(body)}`,
    `Authorization: Basic ${Buffer.from("username:password").toString("base64")}`,
    ...headers,
    "Accept-Encoding: gzip",
  ];
  return `${lines.join("\r\n")}\r\n\r\n${body}`;
}

/** What it writes for its health check, which carries no credentials. */
export function goGet(port: number): string {
  return `GET /health HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\nUser-Agent: Go-http-client/1.1\r\nAccept-Encoding: gzip\r\n\r\n`;
}

export interface PlainAnswer {
  readonly status: number;
  readonly headers: ReadonlyMap<string, string>;
  readonly body: string;
}

/** A connection that Go's client keeps open: one request after the other, each answered before the next. */
export function plainConnection(port: number) {
  const socket = connect({ host: "127.0.0.1", port });
  let received = Buffer.alloc(0);
  let wake = () => {};
  let ended = false;
  socket.on("data", (chunk) => {
    received = Buffer.concat([received, chunk]);
    wake();
  });
  for (const event of ["end", "error", "close"] as const) {
    socket.on(event, () => {
      ended = true;
      wake();
    });
  }
  const more = () => new Promise<void>((resolve) => (wake = resolve));
  return {
    /** @returns undefined if the connection was closed without an answer. */
    async exchange(request: string): Promise<PlainAnswer | undefined> {
      socket.write(request);
      for (;;) {
        const answer = answerIn(received);
        if (answer) {
          received = received.subarray(answer.length);
          return answer;
        }
        if (ended) return undefined;
        await more();
      }
    },
    close: () => socket.destroy(),
  };
}

function answerIn(bytes: Buffer): (PlainAnswer & { readonly length: number }) | undefined {
  const headEnd = bytes.indexOf("\r\n\r\n");
  if (headEnd < 0) return undefined;
  const [first = "", ...lines] = bytes.subarray(0, headEnd).toString("latin1").split("\r\n");
  const headers = new Map(
    lines.map((line) => [line.slice(0, line.indexOf(":")).toLowerCase(), line.slice(line.indexOf(":") + 1).trim()]),
  );
  const length = headEnd + 4 + Number(headers.get("content-length") ?? 0);
  if (bytes.length < length) return undefined;
  const body = bytes.subarray(headEnd + 4, length).toString("utf8");
  return { status: Number(first.split(" ")[1]), headers, body, length };
}
