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
  /** Leads to another node from now on. */
  node: string;
  /** Stops listening; connections in progress are cut. */
  down(): Promise<void>;
  /** Listens again on the same port. */
  up(): Promise<void>;
}

export async function startRpcProxy(node: string): Promise<RpcProxy> {
  const requests: RpcRequest[] = [];
  const server = createServer(async (incoming, outgoing) => {
    if (!incoming.url?.startsWith(secretPath)) return answer(outgoing, 404, "no such path");
    const body = await text(incoming);
    const request: RpcRequest = { ...JSON.parse(body), client: incoming.url.slice(secretPath.length) };
    requests.push(request);
    const told = await proxy.lie?.(request, async () => ((await forward(body)) as { result?: unknown }).result);
    if (told?.afterwards) {
      outgoing.writeHead(200, { "content-type": "application/json", "content-length": "1000" });
      outgoing.write(told.raw, () => told.afterwards === "hang up" && outgoing.destroy());
      return;
    }
    if (told?.raw !== undefined || told?.status !== undefined) {
      return answer(outgoing, told.status ?? 200, told.raw ?? "");
    }
    const reply = told ? { jsonrpc: "2.0", id: request.id, result: told.result } : await forward(body);
    answer(outgoing, 200, JSON.stringify(reply));
  });

  async function forward(body: string): Promise<unknown> {
    const response = await fetch(proxy.node, { method: "POST", headers: { "content-type": "application/json" }, body });
    return response.json();
  }
  const listen = (port: number) => new Promise<void>((resolve) => server.listen(port, "127.0.0.1", resolve));

  await listen(0);
  const { port } = server.address() as AddressInfo;
  const proxy: RpcProxy = {
    url: `http://127.0.0.1:${port}${secretPath}`,
    requests,
    lie: undefined,
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

function answer(outgoing: ServerResponse, status: number, body: string): void {
  outgoing.writeHead(status, { "content-type": "application/json" });
  outgoing.end(body);
}
