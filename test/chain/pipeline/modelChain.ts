import { getAddress, id, zeroPadValue } from "ethers";
import type { Block, Chain, PacketSource, Sighting } from "../../../chain/source/index.ts";
import type { Hex } from "../../../shared/digest/index.ts";
import { packet } from "../store/samples.ts";

interface ModelBlock extends Block {
  readonly packets: readonly Sighting[];
}

/** A chain in memory that a walk moves: it grows, its end is replaced, and it may be made to lie about its past. */
export interface ModelChain {
  startAt(timestamp: number): void;
  mine(packets: number, seconds: number): void;
  makeFinal(blocks: number): void;
  /** Replaces that many of the newest blocks, as far as they are not final; their packets have other amounts then. */
  reorganise(blocks: number): void;
  height(): number;
  final(): Block;
  /** A packet as the final blocks have it. */
  finalSighting(sequence: bigint): Sighting | undefined;
  finalSequences(): bigint[];
  /** Whether packets that are read again have another amount than before. */
  tampered: boolean;
  chain(): Chain;
  source(): PacketSource;
}

export function createModelChain(): ModelChain {
  const blocks: ModelBlock[] = [];
  let finalHeight = 0;
  let made = 0;
  const last = () => blocks.at(-1) as ModelBlock;
  const upTo = (height: number) => blocks.slice(0, height + 1).flatMap(({ packets }) => packets);

  function add(packets: number, timestamp: number): void {
    made += 1;
    const height = blocks.length;
    const hash = id(`block ${made}`);
    const block = { height, hash, timestamp, parentHash: blocks.at(-1)?.hash ?? id("nothing") };
    const first = BigInt(upTo(height).length) + 1n;
    const sightings = Array.from({ length: packets }, (_, index) =>
      sighting(first + BigInt(index), index, block, made),
    );
    blocks.push({ ...block, packets: sightings });
  }

  const model: ModelChain = {
    startAt: (timestamp) => add(0, timestamp),
    mine: (packets, seconds) => add(packets, last().timestamp + seconds),
    makeFinal(count) {
      finalHeight = Math.min(finalHeight + count, blocks.length - 1);
    },
    reorganise(count) {
      const from = Math.max(finalHeight + 1, blocks.length - count);
      const replaced = blocks.splice(from);
      for (const { packets, timestamp } of replaced) add(packets.length, timestamp);
    },
    height: () => blocks.length - 1,
    final: () => blocks[finalHeight] as ModelBlock,
    finalSighting: (sequence) => upTo(finalHeight).find((each) => each.sequence === sequence),
    finalSequences: () => upTo(finalHeight).map(({ sequence }) => sequence),
    tampered: false,
    chain: () => ({
      name: "source",
      probe: async () => {},
      heads: async () => ({ latest: { height: model.height() }, final: model.final() }),
      block: async (height) => blocks[height],
      call: async () => "0x",
      packetSource: () => model.source(),
      packetTarget: () => {
        throw new Error("the walk ends at the signer");
      },
      providers: () => [],
      announceHeads: () => {},
      close: () => {},
    }),
    source: () => ({
      check: async () => {},
      counterAt: async (height) => BigInt(upTo(height).length),
      dispatchedIn: async (from, to) => blocks.slice(from, to + 1).flatMap(({ packets }) => packets),
      async differenceNow({ sequence, block }, height) {
        const now = upTo(height).find((each) => each.sequence === sequence);
        if (model.tampered) return "its event has other fields";
        return now?.block.hash === block.hash ? undefined : "its event is gone";
      },
    }),
  };
  return model;
}

/** Each packet has a receiver of its own, and another amount in each block that it was ever in. */
function sighting(sequence: bigint, logIndex: number, block: Block, made: number): Sighting {
  const content = packet(sequence, BigInt(made * 100 + logIndex));
  const receiverAddress = getAddress(zeroPadValue(`0x${sequence.toString(16).padStart(4, "0")}`, 20));
  const { height, hash, timestamp } = block;
  return {
    sequence,
    block: { height, hash, timestamp },
    transactionHash: id(`transaction ${made} ${logIndex}`),
    logIndex,
    dispatched: JSON.stringify({ made, logIndex }),
    dispatchHash: id(`dispatch ${made} ${logIndex}`) as Hex,
    content: { packet: { ...content, message: { ...content.message, receiverAddress } } },
  };
}
