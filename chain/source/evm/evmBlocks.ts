import type { z } from "zod";
import type { Block } from "../chain.ts";
import { type blockAnswer, blockOrNothing, heightParameter } from "./answers.ts";
import type { EvmRpc } from "./rpc.ts";

/** Blocks of one EVM chain. */
export interface EvmBlocks {
  /** @throws AttestorError `rpc_answer_unusable` if the provider does not know the tag. */
  tagged(tag: "latest" | "finalized"): Promise<Block>;
  byHeight(height: number): Promise<Block | undefined>;
}

export function createEvmBlocks(rpc: EvmRpc): EvmBlocks {
  async function ask(method: string, which: string, height?: number): Promise<Block | undefined> {
    const block = await rpc.request(method, [which, false], blockOrNothing, height);
    return block === null ? undefined : blockOf(block);
  }
  return {
    async tagged(tag) {
      const block = await ask("eth_getBlockByNumber", tag);
      if (!block) throw rpc.unusable(`eth_getBlockByNumber: there is no ${tag} block`);
      return block;
    },
    async byHeight(height) {
      const block = await ask("eth_getBlockByNumber", heightParameter(height), height);
      if (block && block.height !== height) throw rpc.unusable("eth_getBlockByNumber: a block of another height");
      return block;
    },
  };
}

function blockOf({ number, hash, parentHash, timestamp }: z.output<typeof blockAnswer>): Block {
  return { height: number, hash, parentHash, timestamp };
}
