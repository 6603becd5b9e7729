import { createHash } from "node:crypto";
import { createServer } from "node:http";
import { type AddressInfo, connect, type Socket } from "node:net";
import type { Duplex } from "node:stream";
import { secretPath } from "./rpcProxy.ts";

/** What a provider does with a WebSocket that is open: it may say anything at any time, or hang up. */
export type SocketLie = (client: { say(text: string): void; hangUp(): void }) => void;

/** A provider's WebSocket under a secret path, in front of a real node, that can be made to lie. */
export interface SocketDouble {
  readonly url: string;
  /** How many connections there were since the start. */
  readonly connections: number;
  /** From the next connection on: what it does instead of leading to the node; `refuse` answers no WebSocket at all. */
  lie: SocketLie | "refuse" | "never opens" | undefined;
  /** Cuts every connection. */
  cut(): void;
  close(): Promise<void>;
}

/** Speaks RFC 6455 by hand as far as a server has to that sends short texts and reads none. */
export async function startSocketDouble(node: string): Promise<SocketDouble> {
  const open = new Set<Duplex>();
  const server = createServer((_incoming, outgoing) => outgoing.writeHead(404).end());
  server.on("upgrade", (incoming, client: Socket) => {
    double.connections += 1;
    open.add(client);
    client.on("error", () => {}).on("close", () => open.delete(client));
    if (incoming.url !== secretPath || double.lie === "refuse") return client.end("HTTP/1.1 403 Forbidden\r\n\r\n");
    if (double.lie === "never opens") return;
    const key = String(incoming.headers["sec-websocket-key"]);
    if (double.lie) {
      client.write(
        "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n" +
          `Sec-WebSocket-Accept: ${acceptOf(key)}\r\n\r\n`,
      );
      client.resume();
      return double.lie({
        say: (text) => void (client.writable && client.write(frame(text))),
        hangUp: () => client.destroy(),
      });
    }
    const { hostname, port } = new URL(node);
    const there = connect(Number(port), hostname);
    there.on("error", () => client.destroy()).on("close", () => client.destroy());
    client.on("close", () => there.destroy());
    there.write(
      `GET / HTTP/1.1\r\nHost: ${hostname}:${port}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n` +
        `Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: ${key}\r\n\r\n`,
    );
    client.pipe(there).pipe(client);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const double = {
    url: `ws://127.0.0.1:${(server.address() as AddressInfo).port}${secretPath}`,
    connections: 0,
    lie: undefined as SocketDouble["lie"],
    cut() {
      for (const client of open) client.destroy();
    },
    close: () =>
      new Promise<void>((resolve) => {
        server.close(() => resolve());
        double.cut();
        server.closeAllConnections();
      }),
  };
  return double;
}

function acceptOf(key: string): string {
  return createHash("sha1").update(`${key}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`).digest("base64");
}

/** One unmasked text frame of any length. */
function frame(text: string): Buffer {
  const payload = Buffer.from(text);
  if (payload.length < 126) return Buffer.concat([Buffer.from([0x81, payload.length]), payload]);
  const header = Buffer.alloc(10);
  header.writeUInt8(0x81, 0);
  header.writeUInt8(127, 1);
  header.writeBigUInt64BE(BigInt(payload.length), 2);
  return Buffer.concat([header, payload]);
}
