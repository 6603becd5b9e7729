import type { EvmChainConfig } from "../../config.ts";
import type { Claims } from "../endpoint.ts";
import { createEvmBlocks } from "./evmBlocks.ts";
import type { EvmRpc } from "./rpc.ts";

/**
 * Where a provider says that the chain is. Final is what the finalized tag *and* the depth have passed; with `finality:
 * depth`, what the depth alone has.
 */
export async function claimsOf(
  endpoint: EvmRpc,
  { finality, depth }: Pick<EvmChainConfig, "finality" | "depth">,
): Promise<Claims> {
  const blocks = createEvmBlocks(endpoint);
  // In this order: a head that grows between the two questions can't make the finalized block look too new.
  const finalized = finality === "finalized" ? await blocks.tagged("finalized") : undefined;
  const latest = await blocks.tagged("latest");
  if (finalized && finalized.height > latest.height) {
    throw endpoint.unusable("the finalized block is newer than the latest");
  }
  const deepEnough = Math.max(0, latest.height - depth);
  return { latest: latest.height, final: Math.min(finalized?.height ?? deepEnough, deepEnough) };
}
