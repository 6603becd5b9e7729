import { type ChildProcess, spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { setTimeout as pause } from "node:timers/promises";
import { HDNodeWallet, JsonRpcProvider, NonceManager } from "ethers";
import { anvilBinary } from "../../contracts/index.ts";

const startDeadline = 20_000;
/** Anvil's own default, so that accounts(n) are the accounts it funds. */
const mnemonic = "test test test test test test test test test test test junk";

export interface AnvilOptions {
  /** What `eth_chainId` answers. */
  readonly chainId: number;
  /** Loopback port; by default Anvil picks a free one. */
  readonly port?: number;
  /** Further flags; `--block-time 1 --slots-in-an-epoch 1` makes its finalized tag move. */
  readonly args?: readonly string[];
}

export interface Anvil {
  readonly url: string;
  readonly port: number;
  readonly pid: number;
  /** Answers nothing from memory: each call asks the node. */
  readonly provider: JsonRpcProvider;
  /** One of the ten funded accounts, the same object each time, so that nonces stay in order. */
  account(index: number): NonceManager;
  close(): Promise<void>;
}

/** Starts a real Anvil on loopback and returns once it answers with its chain id. */
export async function startAnvil({ chainId, port = 0, args = [] }: AnvilOptions): Promise<Anvil> {
  const flags = [
    "--host",
    "127.0.0.1",
    "--port",
    `${port}`,
    "--chain-id",
    `${chainId}`,
    "--mnemonic",
    mnemonic,
    ...args,
  ];
  const child = spawn(anvilBinary(), flags, { stdio: ["ignore", "pipe", "pipe"] });
  const killAtExit = (): void => void child.kill("SIGKILL");
  process.once("exit", killAtExit);

  const stop = async (): Promise<void> => {
    process.off("exit", killAtExit);
    if (child.exitCode !== null || child.signalCode !== null) return;
    const gone = new Promise((resolve) => child.once("exit", resolve));
    child.kill("SIGKILL");
    await gone;
  };

  try {
    const listening = await listeningPort(child);
    const url = `http://127.0.0.1:${listening}`;
    await untilReady(url, chainId);
    const provider = new JsonRpcProvider(url, chainId, { staticNetwork: true, cacheTimeout: -1, pollingInterval: 50 });
    const accounts = new Map<number, NonceManager>();
    return {
      url,
      port: listening,
      pid: child.pid ?? 0,
      provider,
      account: (index) => {
        const path = `m/44'/60'/0'/0/${index}`;
        const account =
          accounts.get(index) ?? new NonceManager(HDNodeWallet.fromPhrase(mnemonic, undefined, path).connect(provider));
        accounts.set(index, account);
        return account;
      },
      close: async () => {
        provider.destroy();
        await stop();
      },
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** Reads on after the port is known: an unread pipe would stop Anvil once it is full. */
function listeningPort(child: ChildProcess): Promise<number> {
  return new Promise((resolve, reject) => {
    const complaint: string[] = [];
    child.stderr?.on("data", (chunk: Buffer) => complaint.push(chunk.toString()));
    child.once("error", reject);
    child.once("exit", (code) => reject(new Error(`Anvil ended with code ${code}: ${complaint.join("").trim()}`)));
    if (!child.stdout) return reject(new Error("Anvil has no output to read its port from"));
    createInterface(child.stdout).on("line", (line) => {
      const port = /^Listening on 127\.0\.0\.1:(\d+)$/.exec(line.trim())?.[1];
      if (port) resolve(Number(port));
    });
  });
}

async function untilReady(url: string, chainId: number): Promise<void> {
  const deadline = performance.now() + startDeadline;
  const body = JSON.stringify({ jsonrpc: "2.0", id: 1, method: "eth_chainId", params: [] });
  while (performance.now() < deadline) {
    const answer = await fetch(url, { method: "POST", headers: { "content-type": "application/json" }, body })
      .then((response) => response.json() as Promise<{ result?: string }>)
      .catch(() => undefined);
    if (answer && Number(answer.result) === chainId) return;
    await pause(50);
  }
  throw new Error(`Anvil at ${url} did not answer with chain id ${chainId} within ${startDeadline} ms`);
}
