import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

/** A sanctions API that speaks the wire protocol, and goes wrong the way a test wants. */
export interface LookupDouble {
  readonly url: string;
  /** Paths and API keys of the requests, in order of arrival. */
  readonly requests: readonly { readonly path: string; readonly key: string | undefined }[];
  /** Addresses that it lists. */
  readonly listed: Set<string>;
  /** Answers instead, when set. */
  misbehave: ((incoming: IncomingMessage, outgoing: ServerResponse) => void) | undefined;
  close(): Promise<void>;
}

export const apiKey = "k3y-0f-the-test";

const identification = {
  category: "sanctions",
  name: "SANCTIONS: OFAC SDN 2021-04-15",
  description: "an address of the list",
  url: "https://home.treasury.gov/",
};

export async function startLookupDouble(): Promise<LookupDouble> {
  const requests: { path: string; key: string | undefined }[] = [];
  const server = createServer((incoming, outgoing) => {
    requests.push({ path: incoming.url ?? "", key: incoming.headers["x-api-key"]?.toString() });
    if (double.misbehave) return double.misbehave(incoming, outgoing);
    if (incoming.headers["x-api-key"] !== apiKey) return send(outgoing, 403, { message: "Forbidden" });
    const address = /^\/api\/public\/v1\/address\/([^/?]+)$/.exec(incoming.url ?? "")?.[1];
    if (address === undefined) return send(outgoing, 404, { message: "Not Found" });
    send(outgoing, 200, { identifications: double.listed.has(decodeURIComponent(address)) ? [identification] : [] });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  const double: LookupDouble = {
    url: `http://127.0.0.1:${port}`,
    requests,
    listed: new Set(),
    misbehave: undefined,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
  return double;
}

function send(outgoing: ServerResponse, status: number, body: unknown): void {
  outgoing.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(body));
}
