import { readFileSync } from "node:fs";
import path from "node:path";
import { z } from "zod";
import { parseJson } from "../../../shared/json/index.ts";
import { type Packet, packetSchema } from "../../../shared/packet/index.ts";
import { aleoBoundPacket } from "../../shared/aleo/vectors.ts";

const vectors = z.object({
  vectors: z.array(
    z.object({
      packet: packetSchema,
      packetHash: z.string(),
      digest: z.object({ white: z.string(), flagged: z.string() }),
    }),
  ),
});

const file = path.join(import.meta.dirname, "..", "..", "vectors", "verulink-evm.json");
const [first] = vectors.parse(parseJson(readFileSync(file, "utf8"))).vectors;
if (first === undefined) throw new Error("no vector");

/** Verulink's published packet, with its digests; its destination is chain 1. */
export const vector = first;

/** The packet of the vectors for Aleo, whose digests shared/aleo tests. */
export const packetToAleo = aleoBoundPacket();

/** The vector's packet as another one. */
export function packetWith(changes: { sequence?: bigint; destination?: bigint }): Packet {
  const { packet } = vector;
  return {
    ...packet,
    sequence: changes.sequence ?? packet.sequence,
    destination: { ...packet.destination, chainId: changes.destination ?? packet.destination.chainId },
  };
}
