import { readFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";

/** The checkout that set-up works on. */
const root = join(import.meta.dirname, "..", "..");

/** The height at which the node has gone through every version of the consensus rules; before it lacks opcodes that we use. */
const readyHeight = 22;

/** The key of every Aleo development node: published, and rich on each of them and nowhere else. */
export const devnodeKey = "APrivateKey1zkp8CZNn3yeCseEtxuVPbDCwSyhGW6yZKUYKfgXmcpoGPWH";

/** What starts a development node with Aleo's own virtual machine, or why this machine has none. */
export type DevnodeFinding = { readonly command: readonly string[] } | { readonly reason: string };

/** What set-up found, which installs the node for `npm run test:aleo-vm` and `npm start -- --aleo`. */
export function findDevnode(): DevnodeFinding {
  try {
    return JSON.parse(readFileSync(join(root, ".attestor/devnode/finding.json"), "utf8")) as DevnodeFinding;
  } catch {
    return { reason: "no Aleo node was installed: run npm run test:aleo-vm, or npm start -- --aleo" };
  }
}

export interface DevnodeOptions {
  /** Loopback port of its REST interface. */
  readonly port: number;
  /** Where it keeps its blocks from one start to the next; without it, in memory. */
  readonly storage?: string;
}

/**
 * The whole command of a node of network `testnet`, to be run in the foreground. It makes a block for each transaction;
 * {@link createBlocks} makes more.
 */
export function devnodeCommand(command: readonly string[], { port, storage }: DevnodeOptions): readonly string[] {
  const kept = storage === undefined ? [] : ["--storage", storage];
  return [
    ...command,
    "start",
    "--verbosity",
    "0",
    "--socket-addr",
    `127.0.0.1:${port}`,
    "--private-key",
    devnodeKey,
    ...kept,
  ];
}

/** Base of the node's REST interface, without the network's name. */
export function devnodeUrl(port: number): string {
  return `http://127.0.0.1:${port}`;
}

/**
 * Waits until the node at that URL has come as far as it goes by itself, about 2 s after its start.
 *
 * @param deadline longest wait in milliseconds.
 * @param hasEnded tells when there is no more node to wait for.
 * @returns whether it is there.
 */
export async function untilDevnodeIsReady(url: string, deadline: number, hasEnded = () => false): Promise<boolean> {
  const end = performance.now() + deadline;
  while (performance.now() < end && !hasEnded()) {
    const height = await devnodeHeight(url).catch(() => 0);
    if (height >= readyHeight) return true;
    await pause(100);
  }
  return false;
}

/** @throws Error if the node does not answer. */
export async function devnodeHeight(url: string): Promise<number> {
  const response = await fetch(`${url}/testnet/block/height/latest`);
  return Number(await response.text());
}

/** Makes that many blocks without transactions, so that heights and time go on. @throws Error if the node does not. */
export async function createBlocks(url: string, count: number): Promise<void> {
  const body = JSON.stringify({ num_blocks: count });
  const headers = { "content-type": "application/json" };
  const response = await fetch(`${url}/testnet/block/create`, { method: "POST", headers, body });
  await response.arrayBuffer();
  if (!response.ok) throw new Error(`the Aleo node made no block: it answered ${response.status}`);
}
