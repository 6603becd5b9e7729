import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { formatPlaintext, parsePlaintext } from "../../../shared/aleo/index.ts";
import { blockJson } from "./blockJson.ts";
import type { Ledger } from "./ledger.ts";
import { prettyValue } from "./prettyValue.ts";

/** What somebody asks for: the path below the network, decoded. */
export interface RestRequest {
  readonly path: string;
  readonly metadata: boolean;
}

/** An answer: a value that is sent as JSON, or any text. */
export interface RestAnswer {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly json?: unknown;
  readonly text?: string;
}

/** How a node that behaves in a certain way answers; undefined for the honest answer. */
export type Behaviour = (
  request: RestRequest,
  honest: () => RestAnswer,
) => RestAnswer | undefined | Promise<RestAnswer | undefined>;

/** One node of the stand-in. Several of them over one ledger are several providers of one chain. */
export interface AleoRest {
  /** The address in front of the network's name; under a path, as those of providers. */
  readonly url: string;
  readonly requests: readonly RestRequest[];
  /** The newest block that it knows; undefined: whatever the ledger has. */
  stalledAt: number | undefined;
  behaviour: Behaviour | undefined;
  /** Answers everything from another chain. */
  ledger: Ledger;
  close(): Promise<void>;
}

export interface RestOptions {
  readonly port?: number;
  /** In front of the network, without slashes at its ends. */
  readonly prefix?: string;
  /** Whether it also knows `/latest/height`, as the public interface does, and then no `/block/height/latest`. */
  readonly publicRoutes?: boolean;
  /** Takes whatever is not below the network. @returns false if it does not know it. */
  readonly other?: (request: IncomingMessage, response: ServerResponse) => Promise<boolean>;
}

/** A real HTTP server that answers as a node's REST interface does (snarkOS, aleo-devnode). */
export async function startAleoRest(ledger: Ledger, options: RestOptions = {}): Promise<AleoRest> {
  const { port = 0, prefix = "", publicRoutes = false, other } = options;
  const requests: RestRequest[] = [];
  const base = `/${[prefix, ledger.network].filter(Boolean).join("/")}/`;

  const server = createServer(async (incoming, outgoing) => {
    const url = new URL(incoming.url ?? "/", "http://node");
    if (incoming.method === "GET" && url.pathname.startsWith(base)) {
      const metadata = url.searchParams.get("metadata") === "true";
      const request = { path: decodeURIComponent(url.pathname.slice(base.length)), metadata };
      requests.push(request);
      const honest = () => answerOf(rest.ledger, rest.stalledAt, publicRoutes, request);
      send(outgoing, (await rest.behaviour?.(request, honest)) ?? honest());
      return;
    }
    if (await other?.(incoming, outgoing)) return;
    send(outgoing, { status: 404, text: "" });
  });
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, "127.0.0.1", resolve);
  });
  const rest: AleoRest = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/${prefix}`,
    requests,
    stalledAt: undefined,
    behaviour: undefined,
    ledger,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
  return rest;
}

function answerOf(
  ledger: Ledger,
  stalledAt: number | undefined,
  publicRoutes: boolean,
  request: RestRequest,
): RestAnswer {
  const height = Math.min(ledger.height(), stalledAt ?? Number.POSITIVE_INFINITY);
  const { path } = request;
  if (path === (publicRoutes ? "latest/height" : "block/height/latest")) return { status: 200, json: height };
  const block = /^block\/([0-9]+)$/.exec(path)?.[1];
  if (block !== undefined) return blockAnswer(ledger, Number(block), height);
  const program = /^program\/([a-z0-9_]+\.aleo)$/.exec(path)?.[1];
  if (program !== undefined) {
    const text = ledger.programs.get(program);
    const absent = { status: publicRoutes ? 404 : 500, text: `Failed to find program \`${program}\`` };
    return text === undefined ? absent : { status: 200, json: text };
  }
  const [, id, mapping, key] = /^program\/([a-z0-9_]+\.aleo)\/mapping\/([a-zA-Z0-9_]+)\/(.+)$/.exec(path) ?? [];
  if (id !== undefined && mapping !== undefined && key !== undefined) {
    return mappingAnswer(ledger, [id, mapping, key], height, request.metadata);
  }
  return { status: 404, text: "" };
}

function blockAnswer(ledger: Ledger, wanted: number, height: number): RestAnswer {
  const block = wanted <= height ? ledger.block(wanted) : undefined;
  return block
    ? { status: 200, json: blockJson(block, ledger.network) }
    : { status: 500, text: `Failed to get block by height — Block ${wanted} does not exist in storage` };
}

function mappingAnswer(
  ledger: Ledger,
  [program, mapping, key]: readonly [string, string, string],
  height: number,
  metadata: boolean,
): RestAnswer {
  let canonical: string;
  try {
    canonical = formatPlaintext(parsePlaintext(key, "key"));
  } catch {
    return { status: 500, text: "Something went wrong: invalid mapping key" };
  }
  const value = ledger.read(program, mapping, canonical, height);
  const data = value === undefined ? null : prettyValue(parsePlaintext(value, "value"));
  return { status: 200, json: metadata ? { data, height } : data };
}

function send(outgoing: ServerResponse, { status, headers, json, text }: RestAnswer): void {
  const body = text ?? JSON.stringify(json);
  outgoing.writeHead(status, { "content-type": text === undefined ? "application/json" : "text/plain", ...headers });
  outgoing.end(body);
}
