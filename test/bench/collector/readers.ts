import { Agent, get } from "node:http";
import { aleoChain, evmChain } from "../../collector/packets.ts";

/** What readers of one kind saw. Times in milliseconds. */
export interface ReadFigures {
  readonly requests: number;
  readonly perSecond: number;
  readonly medianMs: number;
  readonly slowest1PercentMs: number;
  readonly statuses: Readonly<Record<string, number>>;
}

export type ReadKind = "one packet" | "one packet, unchanged" | "a page of 100";

/** Has `clients` readers ask one after the other, each on a connection of its own, for some seconds. */
export async function read(
  port: number,
  kind: ReadKind,
  options: { readonly clients: number; readonly seconds: number; readonly packets: number },
): Promise<ReadFigures> {
  const { clients, seconds, packets } = options;
  const times: number[] = [];
  const statuses: Record<string, number> = {};
  const end = performance.now() + seconds * 1_000;
  await Promise.all(
    Array.from({ length: clients }, async (_, client) => {
      const agent = new Agent({ keepAlive: true, maxSockets: 1 });
      let tag: string | undefined;
      for (let turn = 0; performance.now() < end; turn += 1) {
        const began = performance.now();
        const path = pathOf(kind, client, turn, packets);
        const answer = await ask(agent, port, path, kind === "one packet, unchanged" ? tag : undefined);
        tag = answer.tag;
        times.push(performance.now() - began);
        statuses[answer.status] = (statuses[answer.status] ?? 0) + 1;
      }
      agent.destroy();
    }),
  );
  times.sort((a, b) => a - b);
  return {
    requests: times.length,
    perSecond: Math.round(times.length / seconds),
    medianMs: round(times[Math.floor(times.length / 2)]),
    slowest1PercentMs: round(times[Math.floor(times.length * 0.99)]),
    statuses,
  };
}

function pathOf(kind: ReadKind, client: number, turn: number, packets: number): string {
  const one = (sequence: number) => `/v1/packets/${aleoChain}/${evmChain}/${sequence}?deployment=alpha`;
  switch (kind) {
    case "one packet":
      return one(1 + ((client * 7_919 + turn * 104_729) % packets));
    case "one packet, unchanged":
      return one(1 + ((client * 7_919) % packets));
    case "a page of 100":
      return `/v1/packets?limit=100&after=${(client * 7_919 + turn * 100) % packets}`;
  }
}

function ask(agent: Agent, port: number, path: string, tag: string | undefined) {
  return new Promise<{ status: number; tag: string | undefined }>((resolve, reject) => {
    const headers = tag === undefined ? {} : { "if-none-match": tag };
    get({ host: "127.0.0.1", port, path, agent, headers }, (incoming) => {
      incoming.resume();
      incoming.on("error", reject);
      incoming.on("end", () => resolve({ status: incoming.statusCode ?? 0, tag: incoming.headers.etag }));
    }).on("error", reject);
  });
}

function round(milliseconds: number | undefined): number {
  return Math.round((milliseconds ?? 0) * 10) / 10;
}
