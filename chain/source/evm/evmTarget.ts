import { Interface } from "ethers";
import { z } from "zod";
import { bridgeAbi, votes } from "../../../shared/evm/index.ts";
import type { PacketTarget } from "../chain.ts";
import { createBridgeContract } from "./bridgeContract.ts";
import type { EvmRpc } from "./rpc.ts";

const abi = new Interface(bridgeAbi);
const eventName = "Consumed";
const consumedTopic = abi.getEvent(eventName)?.topicHash;
if (!consumedTopic) throw new Error(`the bridge's ABI has no event ${eventName}`);
const topic = consumedTopic;

const nothingConsumed = `0x${"0".repeat(64)}`;
const consumedArguments = z.object({ chainId: z.bigint(), sequence: z.bigint(), vote: z.bigint() });

/** The receiving side of a bridge on an EVM chain. Searches for events in ranges of at most `maximumRange` blocks. */
export function createEvmTarget(
  rpc: EvmRpc,
  address: string,
  sourceChainId: bigint,
  maximumRange: number,
): PacketTarget {
  const bridge = createBridgeContract(rpc, address);

  async function voteIn(sequence: bigint, from: number, to: number) {
    for (const log of await bridge.logs(topic, from, to)) {
      const event = decodeConsumed(log.data);
      if (!event) throw rpc.unusable("a Consumed log does not have the event's layout");
      if (event.chainId === sourceChainId && event.sequence === sequence) return votes[Number(event.vote)];
    }
    return undefined;
  }

  return {
    check: (height) => bridge.check(sourceChainId, height),
    async consumed(sequence, height) {
      const hash = await bridge.read("consumedPackets", [sequence], height);
      return typeof hash !== "string" || hash === nothingConsumed ? undefined : { packetHash: hash };
    },
    async consumedVote(sequence, from, to) {
      for (let start = from; start <= to; start += maximumRange) {
        const vote = await voteIn(sequence, start, Math.min(start + maximumRange - 1, to));
        if (vote !== undefined) return vote;
      }
      return undefined;
    },
  };
}

function decodeConsumed(data: string): z.output<typeof consumedArguments> | undefined {
  try {
    return consumedArguments.parse(abi.decodeEventLog(eventName, data).toObject());
  } catch {
    return undefined; // ethers throws on data that is too short
  }
}
