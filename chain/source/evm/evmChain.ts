import { AttestorError } from "../../../shared/errors/index.ts";
import type { ChainConfig } from "../../config.ts";
import type { Chain, Heads, ProviderObserver } from "../chain.ts";
import { quantity } from "./answers.ts";
import { createEvmBlocks, type EvmBlocks } from "./evmBlocks.ts";
import { createEvmSource } from "./evmSource.ts";
import { createEvmTarget } from "./evmTarget.ts";
import { createEvmRpc } from "./rpc.ts";

/** An EVM chain by JSON-RPC. */
export function createEvmChain(config: ChainConfig, observe: ProviderObserver): Chain {
  const rpc = createEvmRpc(config, observe);
  const blocks = createEvmBlocks(rpc);
  return {
    name: config.name,
    async probe() {
      const found = await rpc.request("eth_chainId", [], quantity);
      if (found === config.evmChainId) return;
      const { chain, provider } = rpc;
      const expected = `${config.evmChainId}`;
      throw new AttestorError("rpc_wrong_chain", { chain, provider, expected, found: `${found}` });
    },
    heads: () => readHeads(blocks, config, (reason) => rpc.unusable(reason)),
    block: blocks.byHeight,
    packetSource: ({ bridge, destination }) => createEvmSource(rpc, blocks, bridge, destination),
    packetTarget: ({ bridge, sourceChainId }) => createEvmTarget(rpc, bridge, sourceChainId, config.maximumRange),
    close: () => rpc.close(),
  };
}

/** Final is what the finalized tag *and* the depth have passed; with `finality: depth`, what the depth alone has. */
async function readHeads(
  blocks: EvmBlocks,
  config: ChainConfig,
  unusable: (reason: string) => AttestorError,
): Promise<Heads> {
  // In this order: a head that grows between the two questions can't make the finalized block look too new.
  const finalized = config.finality === "finalized" ? await blocks.tagged("finalized") : undefined;
  const latest = await blocks.tagged("latest");
  const deepEnough = Math.max(0, latest.height - config.depth);
  if (finalized && finalized.height > latest.height) throw unusable("the finalized block is newer than the latest");
  if (finalized && finalized.height <= deepEnough) return { latest, final: finalized };
  const final = await blocks.byHeight(deepEnough);
  if (!final) throw unusable(`there is no block ${deepEnough} below the latest`);
  return { latest, final };
}
