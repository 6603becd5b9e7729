import { AttestorError, isAttestorError } from "../../../shared/errors/index.ts";
import type { ChainConfig } from "../../config.ts";
import { quorumHeights } from "../agreement.ts";
import { gather } from "../askAll.ts";
import type { Block, ChainObserver, Heads } from "../chain.ts";
import type { Claims, EvmEndpoint } from "./endpoint.ts";
import { createEvmBlocks, type EvmBlocks } from "./evmBlocks.ts";
import type { EvmRpc } from "./rpc.ts";

/** How long slower providers are waited for once a quorum has named its heads, in milliseconds. */
const patience = 1_000;
/** The same while somebody has neither answered nor failed yet: without his, a liar's claim could decide. */
const firstPatience = 5_000;

/**
 * Agrees on heights first, because "latest" and "finalized" mean something else to every provider: the q-th highest of
 * those claimed. Then asks everybody for exactly the final block. Final is what the finalized tag *and* the depth have
 * passed; with `finality: depth`, what the depth alone has.
 */
export async function readHeads(
  endpoints: readonly EvmEndpoint[],
  { rpc, blocks, quorum }: { readonly rpc: EvmRpc; readonly blocks: EvmBlocks; readonly quorum: number },
  config: ChainConfig,
  observer: Pick<ChainObserver, "quorumFailure">,
): Promise<Heads> {
  const faults: unknown[] = [];
  const asked = endpoints.map(async (endpoint) => {
    try {
      const unavailable = endpoint.unavailable(undefined);
      if (unavailable !== undefined) throw endpoint.unusable(unavailable);
      const claims = await claimsOf(endpoint, config);
      endpoint.claims = claims;
      return claims;
    } catch (error) {
      faults.push(error);
      throw error;
    }
  });
  const complete = endpoints.every((endpoint) => endpoint.claims ?? endpoint.state().fault ?? endpoint.unavailable(0));
  const answers = await gather(asked, quorum, complete ? patience : firstPatience);
  if (answers.length < quorum) {
    if (endpoints.length > 1) observer.quorumFailure({ chain: config.name });
    throw tooFew(answers.length, faults, endpoints, quorum, config);
  }
  // Who is late counts with what it claimed before: a claim only says what to ask for.
  const claims = endpoints.flatMap((endpoint) => endpoint.claims ?? []);
  const [latest = 0] = quorumHeights(
    claims.map((claim) => claim.latest),
    quorum,
  );
  const candidates = quorumHeights(
    claims.map(({ final }) => final),
    quorum,
  );
  return { latest: { height: latest }, final: await firstServed(blocks, rpc, candidates) };
}

async function claimsOf(endpoint: EvmEndpoint, { finality, depth }: ChainConfig): Promise<Claims> {
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

/**
 * The newest of these blocks that a quorum serves. One that too few have yet is waited for by taking an older one; on one
 * that they disagree about, nothing is taken.
 */
async function firstServed(blocks: EvmBlocks, rpc: EvmRpc, heights: readonly number[]): Promise<Block> {
  for (const height of heights) {
    try {
      const block = await blocks.byHeight(height);
      if (block) return block;
    } catch (error) {
      const waits = isAttestorError(error, "rpc_no_quorum") && error.data.kind === "too_few";
      if (!waits || height === heights.at(-1)) throw error;
    }
  }
  throw rpc.unusable(`there is no block ${heights.at(-1)} below the latest`);
}

/** A single provider's own fault says most. */
function tooFew(
  answered: number,
  faults: readonly unknown[],
  endpoints: readonly EvmEndpoint[],
  quorum: number,
  { name: chain }: ChainConfig,
): unknown {
  const [first] = faults;
  if (endpoints.length === 1 && first) return first;
  const unexpected = faults.find((fault) => !(fault instanceof AttestorError));
  if (unexpected) return unexpected;
  const reasons = faults.flatMap((fault) => {
    if (!(fault instanceof AttestorError) || !("provider" in fault.data)) return [];
    return [`${fault.data.provider}: ${fault.data.reason}`];
  });
  return new AttestorError("rpc_no_quorum", {
    chain,
    kind: "too_few",
    reason: `${answered} of ${endpoints.length} providers name their heads, ${quorum} are needed (${reasons.sort().join("; ")})`,
  });
}
