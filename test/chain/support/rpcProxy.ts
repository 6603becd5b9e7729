import { createServer, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";

/** A path that must never be seen outside of the proxy and the configuration. */
export const secretPath = "/v2/7hE-5ecR3t-k3y";

export interface RpcRequest {
  /** What follows the secret path: who asks, where a test gives each client a path of its own. */
  readonly client: string;
  readonly id: number;
  readonly method: string;
  readonly params: readonly unknown[];
}

/** What a provider does with a request: a result of its own, a raw HTTP answer, or (undefined) what the node says. */
export type Lie = (request: RpcRequest, honest: () => Promise<unknown>) => Promise<Told | undefined> | undefined;

interface Told {
  readonly result?: unknown;
  readonly status?: number;
  readonly raw?: string;
  /** What comes instead of the rest of a longer answer. */
  readonly afterwards?: "silence" | "hang up";
}

/** A provider in front of a real node, reached under a secret path, that can be cut off and made to lie. */
export interface RpcProxy {
  readonly url: string;
  /** Every request since the start. */
  readonly requests: readonly RpcRequest[];
  lie: Lie | undefined;
  /** How many requests of several questions came, and what each of them gets instead of its answers. */
  readonly batches: number;
  refuseBatches: Pick<Told, "status" | "raw"> | undefined;
  /** Leads to another node from now on. */
  node: string;
  /** Stops listening; connections in progress are cut. */
  down(): Promise<void>;
  /** Listens again on the same port. */
  up(): Promise<void>;
}

export async function startRpcProxy(node: string): Promise<RpcProxy> {
  const requests: RpcRequest[] = [];
  let batches = 0;
  const server = createServer(async (incoming, outgoing) => {
    if (!incoming.url?.startsWith(secretPath)) return answer(outgoing, 404, "no such path");
    const body: unknown = JSON.parse(await text(incoming));
    const client = incoming.url.slice(secretPath.length);
    if (Array.isArray(body)) {
      batches += 1;
      if (proxy.refuseBatches)
        return answer(outgoing, proxy.refuseBatches.status ?? 200, proxy.refuseBatches.raw ?? "");
      const told = await Promise.all(body.map((question) => tell({ ...question, client })));
      const whole = told.find((one) => !isItem(one));
      return whole ? send(outgoing, whole) : answer(outgoing, 200, `[${told.map(({ raw }) => raw).join()}]`);
    }
    send(outgoing, await tell({ ...(body as RpcRequest), client }));
  });

  /** The text of one answer, or what the lie says to do instead. */
  async function tell(request: RpcRequest): Promise<Told> {
    requests.push(request);
    const { client: _, ...question } = request;
    const told = await proxy.lie?.(request, async () => ((await forward(question)) as { result?: unknown }).result);
    if (told?.afterwards || told?.raw !== undefined || told?.status !== undefined) return told;
    const reply = told ? { jsonrpc: "2.0", id: request.id, result: told.result } : await forward(question);
    return { raw: JSON.stringify(reply) };
  }

  async function forward(question: object): Promise<unknown> {
    const headers = { "content-type": "application/json" };
    const response = await fetch(proxy.node, { method: "POST", headers, body: JSON.stringify(question) });
    return response.json();
  }
  const listen = (port: number) => new Promise<void>((resolve) => server.listen(port, "127.0.0.1", resolve));

  await listen(0);
  const { port } = server.address() as AddressInfo;
  const proxy: RpcProxy = {
    url: `http://127.0.0.1:${port}${secretPath}`,
    requests,
    lie: undefined,
    get batches() {
      return batches;
    },
    refuseBatches: undefined,
    node,
    down: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
    up: () => listen(port),
  };
  return proxy;
}

/** Whether it can stand among the answers to a batch: whatever else a lie says is said instead of all of them. */
function isItem({ raw, status, afterwards }: Told): boolean {
  return status === undefined && afterwards === undefined && /^\{.*\}$/.test(raw ?? "");
}

function send(outgoing: ServerResponse, { status, raw, afterwards }: Told): void {
  if (!afterwards) {
    answer(outgoing, status ?? 200, raw ?? "");
    return;
  }
  outgoing.writeHead(200, { "content-type": "application/json", "content-length": "1000" });
  outgoing.write(raw, () => afterwards === "hang up" && outgoing.destroy());
}

function answer(outgoing: ServerResponse, status: number, body: string): void {
  outgoing.writeHead(status, { "content-type": "application/json" });
  outgoing.end(body);
}
