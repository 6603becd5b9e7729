import { AttestorError } from "../../shared/errors/index.ts";
import { chainSubject } from "../board.ts";
import { concurrently } from "../concurrently.ts";
import { voiceOf } from "../providers.ts";
import type { Block } from "../source/index.ts";
import type { KeptBlock } from "../store/index.ts";
import { type ChainStopParts, isSame } from "./stopChain.ts";
import type { WatchedChain } from "./watchChain.ts";

/**
 * Most blocks between two final blocks whose parents are followed one by one. Behind a longer gap (an outage) the block
 * kept last is asked for again by its height instead.
 */
const longestWalk = 128;
const blocksAtOnce = 8;

/**
 * Whether a newly final block belongs to the chain that we know: the anchor is served, and the block descends from the
 * final block kept last. Keeps what it has followed. A change below finality stops the chain.
 *
 * @throws AttestorError `rpc_*` if the quorum cannot tell; `chain_stopped` if the anchor is not what the configuration says.
 */
export async function descends(watched: WatchedChain, final: Block, parts: ChainStopParts): Promise<boolean> {
  const { store } = parts;
  await checkAnchor(watched, final);
  const chain = watched.config.chainId.toString();
  const last = store.chains.lastFinal(chain);
  if (!last) {
    store.chains.keep(chain, [final]);
    return true;
  }
  if (final.height <= last.height) {
    const kept = store.chains.finalAt(chain, final.height);
    return kept === undefined || isSame(watched, kept, final.hash, parts);
  }
  const between = final.height - last.height <= longestWalk ? await blocksBetween(watched, last, final) : undefined;
  if (between) {
    const [first = final] = between;
    if (!isSame(watched, last, first.parentHash, parts)) return false;
    store.chains.keep(chain, [...between, final]);
    return true;
  }
  const again = await blockAt(watched, last.height);
  if (!isSame(watched, last, again.hash, parts)) return false;
  store.chains.keep(chain, [final]);
  return true;
}

/** The anchor comes from a source that the operator trusts; a chain without its block is another chain. */
async function checkAnchor(watched: WatchedChain, final: Block): Promise<void> {
  const { config } = watched;
  const { anchor, name: chain } = config;
  if (!anchor || watched.anchored) return;
  if (final.height < anchor.number) {
    throw new AttestorError("chain_stopped", { chain, reason: `its anchor, block ${anchor.number}, is not final yet` });
  }
  const { hash } = await blockAt(watched, anchor.number);
  if (hash !== anchor.hash) {
    const reason =
      `its anchor, block ${anchor.number}, has hash ${hash} for its providers; ` +
      "they serve another chain, or the anchor in the configuration is wrong";
    throw new AttestorError("chain_stopped", { chain, reason });
  }
  watched.anchored = true;
}

/** The blocks after one and before the other, each the child of the one before. */
async function blocksBetween(watched: WatchedChain, last: KeptBlock, final: Block): Promise<Block[]> {
  const heights = Array.from({ length: final.height - last.height - 1 }, (_, index) => last.height + 1 + index);
  const found = new Map<number, Block>();
  await concurrently(heights, blocksAtOnce, async (height) => {
    found.set(height, await blockAt(watched, height));
  });
  const blocks = heights.flatMap((height) => found.get(height) ?? []);
  for (const [index, block] of [...blocks.slice(1), final].entries()) {
    if (blocks[index] && block.parentHash !== blocks[index].hash) {
      throw unusable(watched, `block ${block.height} is no child of block ${block.height - 1}`);
    }
  }
  return blocks;
}

async function blockAt(watched: WatchedChain, height: number): Promise<Block> {
  const block = await watched.chain.block(height);
  if (!block) throw unusable(watched, `it has no block ${height}, which is below its final block`);
  return block;
}

function unusable({ config }: WatchedChain, reason: string): AttestorError {
  return new AttestorError("rpc_answer_unusable", { chain: config.name, provider: voiceOf(config), reason });
}

/** True while the chain waits for a person; also after a restart. */
export function isStopped(
  { config }: WatchedChain,
  { store, board }: Pick<ChainStopParts, "store" | "board">,
): boolean {
  const reason = store.chains.stopReason(config.chainId.toString());
  board.report(chainSubject(config.name), "stopped", reason);
  return reason !== undefined;
}
