import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";
import { createLogger } from "../../../shared/log/index.ts";
import { createPinnedServer } from "../../../shared/tls/index.ts";
import type { TestPki } from "../../support/pki.ts";

/** Verulink's database service: its paths and answers, over real mutual TLS. */
export interface VerulinkDouble {
  readonly url: string;
  readonly pin: string;
  /** The bodies of the posts, byte for byte. */
  readonly bodies: readonly string[];
  /** What stood behind the path of each post. */
  readonly queries: readonly (string | undefined)[];
  /** What it asks attestors for. */
  unconfirmed: readonly object[] | null;
  /** Acknowledges and keeps nothing. */
  forgets: boolean;
  /** Answers every post with this status instead. */
  status: number | undefined;
  clear(): void;
  close(): Promise<void>;
}

const silent = createLogger({ service: "double", level: "error" }, { write: () => {} });

export async function startVerulinkDouble(pki: TestPki, base: string): Promise<VerulinkDouble> {
  const identity = await pki.otherServer("verulink-double");
  await pki.clientIdentity("chain-service");
  const bodies: string[] = [];
  const queries: (string | undefined)[] = [];
  const stored = new Set<string>();
  const server = createPinnedServer(identity, pki.pins, silent, async (incoming, outgoing) => {
    const answer = (status: number, body: object) =>
      outgoing.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(body));
    if (incoming.method === "GET" && incoming.url === base) return answer(200, { message: "alive" });
    if (incoming.method === "GET" && incoming.url?.startsWith(`${base}/unconfirmed?`)) {
      return answer(200, { data: double.unconfirmed, message: "ok" });
    }
    const [path, query] = incoming.url?.split("?") ?? [];
    if (incoming.method !== "POST" || path !== `${base}/signature`) return answer(404, {});
    queries.push(query);
    const body = await text(incoming);
    bodies.push(body);
    if (double.status !== undefined) return outgoing.writeHead(double.status).end();
    const there = stored.has(body);
    if (!double.forgets) stored.add(body);
    answer(201, { message: there ? "Duplicate packet" : "Packet stored" });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const double: VerulinkDouble = {
    url: `https://127.0.0.1:${(server.address() as AddressInfo).port}`,
    pin: identity.pin,
    bodies,
    queries,
    unconfirmed: [],
    forgets: false,
    status: undefined,
    clear() {
      bodies.length = 0;
      queries.length = 0;
      double.unconfirmed = [];
      stored.clear();
      double.forgets = false;
      double.status = undefined;
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
  return double;
}
