import type { Clock } from "../../../shared/clock/index.ts";
import { AttestorError } from "../../../shared/errors/index.ts";
import type { EvmChainConfig } from "../../config.ts";
import { quorumOf, voiceOf } from "../../providers.ts";
import type { Chain, ChainObserver } from "../chain.ts";
import { readHeads } from "../heads.ts";
import { heightParameter, hexData } from "./answers.ts";
import { claimsOf } from "./claims.ts";
import { createEvmEndpoint } from "./endpoint.ts";
import { createEvmBlocks } from "./evmBlocks.ts";
import { createEvmSource } from "./evmSource.ts";
import { createEvmTarget } from "./evmTarget.ts";
import { createQuorumRpc } from "./quorumRpc.ts";
import { sharingAnswers } from "./sharedAnswers.ts";

/** An EVM chain by JSON-RPC, seen through a quorum of its providers (or, where it has one only, through that). */
export function createEvmChain(config: EvmChainConfig, observer: ChainObserver, clock: Pick<Clock, "now">): Chain {
  const endpoints = config.providers.map((provider) => createEvmEndpoint(config, provider, observer, clock));
  const quorum = quorumOf(config);
  const provider = voiceOf(config);
  const [only] = endpoints;
  const many =
    endpoints.length === 1
      ? undefined
      : createQuorumRpc(endpoints, { chain: config.name, quorum, voice: provider }, observer);
  const asked = many ?? only;
  if (!asked) throw new Error(`chain ${config.name} has no provider`);
  const rpc = sharingAnswers(asked);
  const blocks = createEvmBlocks(rpc);
  let turned = false;
  /** Whoever has come to serve another chain is heard once more beside the others: that is the evidence. */
  async function hearTurned() {
    if (!turned) return;
    turned = false;
    await many?.chainId().catch((error) => {
      if (!(error instanceof AttestorError)) throw error;
    });
  }

  return {
    name: config.name,
    async probe() {
      turned = false; // this leaves the same evidence
      const found = await asked.chainId();
      if (found === config.evmChainId) return;
      const expected = `${config.evmChainId}`;
      throw new AttestorError("rpc_wrong_chain", { chain: config.name, provider, expected, found: `${found}` });
    },
    async heads() {
      const heads = await readHeads(
        endpoints,
        {
          chain: config.name,
          quorum,
          claimsOf: async (endpoint) => {
            await endpoint.confirmChain(() => {
              turned = true;
            });
            return claimsOf(endpoint, config);
          },
          block: blocks.byHeight,
          unusable: rpc.unusable,
        },
        observer,
      );
      await many?.askDoubtsAgain();
      await hearTurned();
      return heads;
    },
    block: blocks.byHeight,
    call: (to, data, height) => rpc.request("eth_call", [{ to, data }, heightParameter(height)], hexData, height),
    packetSource: ({ bridge, destination }) => createEvmSource(rpc, blocks, bridge, destination),
    packetTarget: ({ bridge, sourceChainId }) => createEvmTarget(rpc, bridge, sourceChainId, config.maximumRange),
    providers: () => endpoints.map((endpoint) => endpoint.state()),
    announceHeads(hint) {
      for (const endpoint of endpoints) endpoint.announceHeads(hint);
    },
    close() {
      for (const endpoint of endpoints) endpoint.close();
    },
  };
}
