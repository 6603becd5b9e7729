import { formatPlaintext, type Plaintext } from "../../../shared/aleo/index.ts";
import { concurrently } from "../../concurrently.ts";
import type { HiddenPackets } from "../chain.ts";
import type { AleoEndpoint } from "./endpoint.ts";

/** Packets that are read at the same time from one provider. */
const readAtOnce = 8;
/** Most packets that are read for one range of blocks: more than any bridge has in a day. */
const mostInRange = 100_000n;
/** How far behind a provider's final block a question is still about the present. */
const recent = 8;
/** Packets of which the block is remembered: that never changes. */
const mostRemembered = 100_000;

/** A packet as one provider shows it. */
export interface ShownPacket {
  readonly sequence: bigint;
  readonly height: number;
  readonly value: Plaintext;
}

/**
 * What one provider shows of the packets that a program keeps for one destination. The interface only knows the present, so
 * every answer here is brought to a height that the question names: the program writes a packet once, with the height of its
 * block, and numbers them in order. Honest providers answer the same, whatever block they are at by now.
 *
 * Methods throw as those of the endpoint.
 */
export interface Outbox {
  /** The highest number in the blocks up to `height`. Of numbers that are counted and not shown, see {@link HiddenPackets}. */
  count(height: number, hidden?: HiddenPackets): Promise<bigint>;
  /**
   * The packets with a number above `after` and up to `last` that are shown in the blocks `from` to `to`, in order. Whoever
   * asks knows the numbers from others too: by a count of its own one provider could make us read without end.
   */
  packets(
    numbers: { readonly after: bigint; readonly last: bigint },
    blocks: { readonly from: number; readonly to: number },
  ): Promise<ShownPacket[]>;
  /** One packet as of block `height`; undefined if it is not there. */
  packet(sequence: bigint, height: number): Promise<ShownPacket | undefined>;
}

export function createOutbox(endpoint: AleoEndpoint, program: string, destination: bigint): Outbox {
  const heights = new Map<bigint, number>();
  let disputes = endpoint.disputes;

  /**
   * How many numbers the program has given out by now, at or after `height`. A node reads the value first and its height
   * then, so that the height alone proves nothing; that the node had claimed that block before it was asked does.
   */
  async function counted(height: number): Promise<{ count: bigint; height: number }> {
    const where = { program, mapping: "sequences", key: `${destination}u128` };
    const { value, height: at } = await endpoint.mappingValue(where, height);
    if (value === undefined) return { count: 0n, height };
    if (value.kind !== "literal" || value.type !== "u64" || value.value === 0n) {
      throw endpoint.unusable("program: sequences does not hold a number from 1 on");
    }
    return { count: value.value - 1n, height: at ?? height };
  }

  async function read(sequence: bigint, atLeast: number): Promise<ShownPacket | undefined> {
    const key = `{chain_id:${destination}u128,sequence:${sequence}u64}`;
    const { value } = await endpoint.mappingValue({ program, mapping: "out_packets", key }, atLeast);
    if (value === undefined) return undefined;
    const height = heightOf(value);
    if (height === undefined) throw endpoint.unusable("program: out_packets does not hold packets with a height");
    if (heights.size >= mostRemembered) heights.clear();
    heights.set(sequence, height);
    return { sequence, height, value };
  }

  /**
   * A packet that is counted and not shown has no block. About the present it counts, so that everybody sees the gap; about
   * the past nobody can tell, and to count it there would be to skip it.
   */
  async function isUpTo(
    height: number,
    sequence: bigint,
    { atLeast, hidden }: { readonly atLeast: number; readonly hidden: HiddenPackets },
  ): Promise<boolean> {
    // What a provider said while it contradicted the others must not make it contradict them for ever.
    if (disputes !== endpoint.disputes) heights.clear();
    disputes = endpoint.disputes;
    const at = heights.get(sequence) ?? (await read(sequence, atLeast))?.height;
    if (at !== undefined) return at <= height;
    if (hidden === "count" && height + recent >= (endpoint.claims?.final ?? atLeast)) return true;
    throw endpoint.unusable(`program: packet ${sequence} is counted in sequences and missing in out_packets`);
  }

  /** From the newest back with growing steps, then by bisection: most questions are about the newest blocks. */
  async function lastUpTo(
    height: number,
    newest: bigint,
    atLeast: number,
    hidden: HiddenPackets = "count",
  ): Promise<bigint> {
    let above = newest + 1n;
    let step = 1n;
    let below = 0n;
    while (above - step > 0n) {
      if (await isUpTo(height, above - step, { atLeast, hidden })) {
        below = above - step;
        break;
      }
      above -= step;
      step *= 2n;
    }
    while (above - below > 1n) {
      const middle = (above + below) / 2n;
      if (await isUpTo(height, middle, { atLeast, hidden })) below = middle;
      else above = middle;
    }
    return below;
  }

  return {
    async count(height, hidden) {
      const { count, height: at } = await counted(height);
      return lastUpTo(height, count, at, hidden);
    },
    async packets({ after, last }, { from, to }) {
      if (last - after > mostInRange) {
        throw endpoint.unusable(
          `program: more than ${mostInRange} packets in blocks ${from} to ${to}: ask for fewer blocks`,
        );
      }
      const sequences = Array.from({ length: Number(last - after) }, (_, index) => after + 1n + BigInt(index));
      const found = new Map<bigint, ShownPacket>();
      await concurrently(sequences, readAtOnce, async (sequence) => {
        const packet = await read(sequence, to);
        if (packet && packet.height >= from && packet.height <= to) found.set(sequence, packet);
      });
      return sequences.flatMap((sequence) => found.get(sequence) ?? []);
    },
    async packet(sequence, height) {
      const packet = await read(sequence, height);
      return packet && packet.height <= height ? packet : undefined;
    },
  };
}

/** The packet's own height: that of the block whose finalization wrote it. */
function heightOf(value: Plaintext): number | undefined {
  if (value.kind !== "struct") return undefined;
  const height = value.members.find(([name]) => name === "height")?.[1];
  if (height?.kind !== "literal" || height.type !== "u64" || height.value > Number.MAX_SAFE_INTEGER) return undefined;
  return Number(height.value);
}

/** Packets in one spelling, for comparing what providers show. */
export function packetsText(packets: readonly ShownPacket[]): string {
  return JSON.stringify(packets.map(({ sequence, value }) => [`${sequence}`, formatPlaintext(value)]));
}
