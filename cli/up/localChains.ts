import { HDNodeWallet, JsonRpcProvider, NonceManager } from "ethers";
import { anvilBinary } from "../../contracts/index.ts";
import { AttestorError } from "../../shared/errors/index.ts";
import type { ChildPlan } from "./children.ts";
import type { ChainPlan } from "./plan.ts";
import { until } from "./until.ts";

/** Anvil's well-known mnemonic: ten funded accounts that exist on every local network and nowhere else. */
const mnemonic = "test test test test test test test test test test test junk";

/** Which of the funded accounts does what. */
export const roles = { deployerAlpha: 0, deployerBeta: 1, user: 2, screenedUser: 3, relayer: 4 } as const;

/** The address of a funded account. */
export function accountAddress(index: number): string {
  return walletOf(index).address;
}

function walletOf(index: number): HDNodeWallet {
  return HDNodeWallet.fromPhrase(mnemonic, undefined, `m/44'/60'/0'/0/${index}`);
}

/**
 * A real Anvil node that makes a block each second, whose `finalized` tag moves two blocks behind, and that keeps its
 * blocks in a file from one run to the next.
 */
export function chainProgram(chain: ChainPlan, logFile: string): ChildPlan {
  return {
    name: `chain ${chain.name}`,
    essential: true,
    logFile,
    command: [
      anvilBinary(),
      ...["--host", "127.0.0.1", "--port", `${chain.port}`, "--chain-id", `${chain.evmChainId}`],
      ...["--mnemonic", mnemonic, "--block-time", "1", "--slots-in-an-epoch", "1"],
      ...["--state", chain.stateFile, "--preserve-historical-states", "--quiet"],
    ],
  };
}

/** A connection of the local network's users to one chain. */
export interface ChainConnection {
  readonly provider: JsonRpcProvider;
  /** One of the funded accounts; the same object each time, so that its nonces stay in order. */
  account(index: number): NonceManager;
}

/** Waits until the node answers with its chain id, and connects. */
export async function connectChain(chain: ChainPlan): Promise<ChainConnection> {
  const url = `http://127.0.0.1:${chain.port}`;
  const answers = async () => {
    const body = JSON.stringify({ jsonrpc: "2.0", id: 1, method: "eth_chainId", params: [] });
    const response = await fetch(url, { method: "POST", headers: { "content-type": "application/json" }, body });
    return Number(((await response.json()) as { result?: string }).result) === chain.evmChainId;
  };
  if (!(await until(answers, 20_000))) {
    throw new AttestorError("setup_needed", { reason: `chain ${chain.name} did not start within 20 seconds` });
  }
  const provider = new JsonRpcProvider(url, chain.evmChainId, {
    staticNetwork: true,
    cacheTimeout: -1,
    pollingInterval: 200,
  });
  const accounts = new Map<number, NonceManager>();
  return {
    provider,
    account(index) {
      const account = accounts.get(index) ?? new NonceManager(walletOf(index).connect(provider));
      accounts.set(index, account);
      return account;
    },
  };
}
