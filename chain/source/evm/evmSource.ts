import { AttestorError } from "../../../shared/errors/index.ts";
import { stringifyJson } from "../../../shared/json/index.ts";
import type { ChainFamily } from "../../../shared/packet/index.ts";
import { canonicalPacket } from "../canonicalPacket.ts";
import type { BlockRef, PacketSource, Sighting } from "../chain.ts";
import { type LogAnswer, receiptOrNothing } from "./answers.ts";
import { createBridgeContract } from "./bridgeContract.ts";
import { decodeDispatched, dispatchTopic } from "./dispatchedPacket.ts";
import type { EvmBlocks } from "./evmBlocks.ts";
import type { EvmRpc } from "./rpc.ts";

/** The sending side of a bridge on an EVM chain. */
export function createEvmSource(
  rpc: EvmRpc,
  blocks: EvmBlocks,
  address: string,
  destination: { readonly chainId: bigint; readonly family: ChainFamily },
): PacketSource {
  const bridge = createBridgeContract(rpc, address);

  function dispatchedBy(log: LogAnswer) {
    const dispatched = decodeDispatched(log.data);
    if (!dispatched) throw rpc.unusable("a PacketDispatched log does not have the event's layout");
    return dispatched;
  }

  function sightingOf(log: LogAnswer, block: BlockRef): Sighting {
    const dispatched = dispatchedBy(log);
    return {
      sequence: dispatched.sequence,
      block,
      transactionHash: log.transactionHash,
      logIndex: log.logIndex,
      dispatched: stringifyJson(dispatched.exact),
      dispatchHash: dispatched.hash,
      content: canonicalPacket(dispatched.fields, { source: "evm", destination: destination.family }),
    };
  }

  async function counterAt(height: number): Promise<bigint> {
    const counter = await bridge.read("sequence", [], height);
    return typeof counter === "bigint" ? counter : 0n;
  }

  async function dispatchedIn(from: number, to: number): Promise<Sighting[]> {
    const logs = await bridge.logs(dispatchTopic, from, to);
    const found = new Map<number, BlockRef>();
    for (const { blockNumber } of logs) {
      if (found.has(blockNumber)) continue;
      const block = await blocks.byHeight(blockNumber);
      if (!block) throw rpc.unusable("a log is in a block that the provider does not have");
      found.set(blockNumber, block);
    }
    return logs.map((log) => {
      const block = found.get(log.blockNumber);
      // Behind a reorganisation some nodes still show the logs of blocks that are gone.
      if (block?.hash !== log.blockHash)
        throw rpc.unusable("a log is in another block than the chain's of that height");
      return sightingOf(log, block);
    });
  }

  async function differenceNow(sighting: Sighting, finalHeight: number): Promise<string | undefined> {
    const { block } = sighting;
    const [canonical, receipt, record] = await Promise.all([
      blocks.byHeight(block.height),
      rpc.request("eth_getTransactionReceipt", [sighting.transactionHash], receiptOrNothing, block.height),
      bridge.read("outgoingPackets", [sighting.sequence], finalHeight),
    ]);
    if (!canonical) throw rpc.unusable(`it does not have block ${block.height} any more`);
    if (canonical.hash !== block.hash) return `block ${block.height} has another hash`;
    if (canonical.timestamp !== block.timestamp) return `block ${block.height} has another time`;
    if (receipt?.blockHash !== block.hash) throw rpc.unusable("it has the block and not the receipt of a packet");
    if (receipt.status !== 1) return "its transaction failed";
    const log = receipt.logs.find(({ logIndex }) => logIndex === sighting.logIndex);
    if (log?.address !== address.toLowerCase() || log.topics[0] !== dispatchTopic) return "its event is gone";
    // The text holds every field, so the packet and the hash that were made of an equal one are those of this event too.
    if (stringifyJson(dispatchedBy(log).exact) !== sighting.dispatched) return "its event has other fields";
    if (record !== sighting.dispatchHash) return "the contract's record outgoingPackets has another hash";
    return undefined;
  }

  return {
    async check(height) {
      await bridge.check(destination.chainId, height);
      if (typeof (await bridge.read("sequence", [], height)) !== "bigint") {
        const reason = `the contract at ${address} does not count its packets`;
        throw new AttestorError("contract_mismatch", { chain: rpc.chain, reason });
      }
    },
    counterAt,
    dispatchedIn,
    differenceNow,
  };
}
