import { createHash } from "node:crypto";
import { outPacket } from "../../../shared/aleo/index.ts";
import { type AttestorError, isAttestorError } from "../../../shared/errors/index.ts";
import type { ChainFamily, Packet } from "../../../shared/packet/index.ts";
import type { Block, BlockRef, HiddenPackets, PacketSource, Sighting } from "../chain.ts";
import { dispatchedText } from "./dispatchedText.ts";
import type { AleoEndpoint } from "./endpoint.ts";
import { createOutbox, type Outbox, packetsText, type ShownPacket } from "./outbox.ts";
import { checkProgram } from "./program.ts";
import type { QuorumRest } from "./quorumRest.ts";

interface SourceParts {
  readonly chain: string;
  readonly rest: QuorumRest;
  block(height: number): Promise<Block | undefined>;
  unusable(reason: string): AttestorError;
}

/** The sending side of a bridge program on Aleo: the packets in its mapping `out_packets`, counted by `sequences`. */
export function createAleoSource(
  { chain, rest, block, unusable }: SourceParts,
  program: string,
  destination: { readonly chainId: bigint; readonly family: ChainFamily },
): PacketSource {
  const outboxes = new Map<AleoEndpoint, Outbox>();
  const outboxOf = (endpoint: AleoEndpoint) => {
    const outbox = outboxes.get(endpoint) ?? createOutbox(endpoint, program, destination.chainId);
    outboxes.set(endpoint, outbox);
    return outbox;
  };
  const about = (...more: readonly unknown[]) => [program, `${destination.chainId}`, ...more];

  function sightingOf({ sequence, value }: ShownPacket, place: BlockRef): Sighting {
    const dispatched = dispatchedText(value);
    return {
      sequence,
      block: place,
      transactionHash: "",
      logIndex: 0,
      dispatched,
      dispatchHash: `0x${createHash("sha256").update(dispatched).digest("hex")}`,
      content: contentOf(value, sequence),
    };
  }

  function contentOf(value: ShownPacket["value"], sequence: bigint): Sighting["content"] {
    try {
      const packet = outPacket(value);
      const defect = misplacement(packet, sequence);
      return defect === undefined ? { packet } : { defect };
    } catch (error) {
      if (!isAttestorError(error, "invalid_field")) throw error;
      return { defect: `${error.data.field}: ${error.data.reason}` };
    }
  }

  /** What a packet says of itself must be what it is kept under. */
  function misplacement({ sequence, destination: to }: Packet, key: bigint): string | undefined {
    if (sequence !== key) return "sequence: is not the number under which the program keeps the packet";
    if (to.chainId !== destination.chainId)
      return "destination.chain_id: is not the chain under which the program keeps it";
    return undefined;
  }

  async function placesOf(packets: readonly ShownPacket[]): Promise<Map<number, BlockRef>> {
    const places = new Map<number, BlockRef>();
    for (const { height } of packets) {
      if (places.has(height)) continue;
      const found = await block(height);
      if (!found) throw unusable(`it does not have block ${height}, in which it shows a packet`);
      const { hash, timestamp } = found;
      places.set(height, { height, hash, timestamp });
    }
    return places;
  }

  async function counterAt(height: number, hidden: HiddenPackets = "count"): Promise<bigint> {
    if (height < 0) return 0n;
    return rest.decide({ name: "sequences", parameters: about(height, hidden), height }, (endpoint) =>
      outboxOf(endpoint).count(height, hidden),
    );
  }

  async function packetAt(sequence: bigint, height: number): Promise<ShownPacket | undefined> {
    const [packet] = await rest.decide(
      { name: "out_packets", parameters: about(`${sequence}`), height, textOf: packetsText },
      async (endpoint) => [await outboxOf(endpoint).packet(sequence, height)].flatMap((found) => found ?? []),
    );
    return packet;
  }

  return {
    check: (height) =>
      checkProgram(
        { chain, rest },
        program,
        [
          { name: "out_packets", key: "PacketId", value: "OutPacket" },
          { name: "sequences", key: "u128", value: "u64" },
        ],
        height,
      ),
    counterAt,
    async dispatchedIn(from, to) {
      const [after, last] = await Promise.all([counterAt(from - 1), counterAt(to)]);
      const packets = await rest.decide(
        { name: "out_packets", parameters: about({ from, to }), height: to, textOf: packetsText },
        (endpoint) => outboxOf(endpoint).packets({ after, last }, { from, to }),
      );
      const places = await placesOf(packets);
      return packets.flatMap((packet) => {
        const place = places.get(packet.height);
        return place ? [sightingOf(packet, place)] : [];
      });
    },
    async differenceNow({ sequence, block: before, dispatched }, finalHeight) {
      const [canonical, packet] = await Promise.all([block(before.height), packetAt(sequence, finalHeight)]);
      if (!canonical) throw unusable(`it does not have block ${before.height} any more`);
      if (canonical.hash !== before.hash) return `block ${before.height} has another hash`;
      if (canonical.timestamp !== before.timestamp) return `block ${before.height} has another time`;
      if (!packet) return "the program's mapping out_packets does not hold it any more";
      if (dispatchedText(packet.value) !== dispatched) return "the program's mapping out_packets holds other fields";
      return undefined;
    },
  };
}
