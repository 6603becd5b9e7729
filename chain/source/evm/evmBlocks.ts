import type { z } from "zod";
import type { BlockRef } from "../chain.ts";
import { blockAnswer, heightParameter } from "./answers.ts";
import type { EvmRpc } from "./rpc.ts";

/** Blocks of one EVM chain. */
export interface EvmBlocks {
  /** @throws AttestorError `rpc_answer_unusable` if the provider does not know the tag. */
  tagged(tag: "latest" | "finalized"): Promise<BlockRef>;
  byHeight(height: number): Promise<BlockRef | undefined>;
  byHash(hash: string): Promise<BlockRef | undefined>;
}

export function createEvmBlocks(rpc: EvmRpc): EvmBlocks {
  async function ask(method: string, which: string): Promise<BlockRef | undefined> {
    const block = await rpc.request(method, [which, false], blockAnswer.nullable());
    return block === null ? undefined : blockRef(block);
  }
  return {
    async tagged(tag) {
      const block = await ask("eth_getBlockByNumber", tag);
      if (!block) throw rpc.unusable(`eth_getBlockByNumber: there is no ${tag} block`);
      return block;
    },
    async byHeight(height) {
      const block = await ask("eth_getBlockByNumber", heightParameter(height));
      if (block && block.height !== height) throw rpc.unusable("eth_getBlockByNumber: a block of another height");
      return block;
    },
    async byHash(hash) {
      const block = await ask("eth_getBlockByHash", hash);
      if (block && block.hash !== hash) throw rpc.unusable("eth_getBlockByHash: a block of another hash");
      return block;
    },
  };
}

function blockRef({ number, hash, timestamp }: z.output<typeof blockAnswer>): BlockRef {
  return { height: number, hash, timestamp };
}
