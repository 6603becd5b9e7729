import { AttestorError } from "../../../shared/errors/index.ts";
import type { AleoChainConfig } from "../../config.ts";
import { quorumOf, voiceOf } from "../../providers.ts";
import type { Block, Chain, ChainObserver } from "../chain.ts";
import { readHeads } from "../heads.ts";
import { createAleoSource } from "./aleoSource.ts";
import { createAleoTarget } from "./aleoTarget.ts";
import { networkIds } from "./answers.ts";
import { type AleoBlock, createAleoEndpoint } from "./endpoint.ts";
import { createQuorumRest } from "./quorumRest.ts";

/**
 * An Aleo chain by its nodes' REST interface, seen through a quorum of its providers. A committed block is never replaced, so
 * the newest block that a quorum has (less `depth`) is final.
 */
export function createAleoChain(config: AleoChainConfig, observer: ChainObserver): Chain {
  const { name: chain, depth } = config;
  const endpoints = config.providers.map((provider) => createAleoEndpoint(config, provider, observer));
  const quorum = quorumOf(config);
  const provider = voiceOf(config);
  const unusable = (reason: string) => new AttestorError("rpc_answer_unusable", { chain, provider, reason });
  const rest = createQuorumRest(endpoints, { chain, quorum }, observer);

  const blockAt = (height: number): Promise<AleoBlock | undefined> =>
    rest.decide<AleoBlock | undefined>(
      { name: "block", parameters: [height], height, textOf: (block) => JSON.stringify(block ?? null) },
      (endpoint) => endpoint.block(height),
    );
  async function block(height: number): Promise<Block | undefined> {
    const found = await blockAt(height);
    if (!found) return undefined;
    const { network: _network, ...place } = found;
    return place;
  }

  return {
    name: chain,
    async probe() {
      const genesis = await blockAt(0);
      if (!genesis) throw unusable(`it has no block 0 of the network ${config.network}`);
      const expected = networkIds[config.network];
      if (genesis.network === expected) return;
      const found = `${genesis.network}`;
      throw new AttestorError("rpc_wrong_chain", { chain, provider, expected: `${expected}`, found });
    },
    async heads() {
      const claimsOf = async (endpoint: (typeof endpoints)[number]) => {
        const latest = await endpoint.latestHeight();
        return { latest, final: Math.max(0, latest - depth) };
      };
      const heads = await readHeads(endpoints, { chain, quorum, claimsOf, block, unusable }, observer);
      await rest.askDoubtsAgain();
      return heads;
    },
    block,
    async call() {
      throw unusable("it has no contracts that are called like those of an EVM chain");
    },
    packetSource: ({ bridge, destination }) => createAleoSource({ chain, rest, block, unusable }, bridge, destination),
    packetTarget: ({ bridge, sourceChainId }) => createAleoTarget({ chain, rest }, bridge, sourceChainId),
    providers: () => endpoints.map((endpoint) => endpoint.state()),
    announceHeads() {}, // the interface has no announcements
    close() {
      for (const endpoint of endpoints) endpoint.close();
    },
  };
}
