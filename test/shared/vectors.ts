import { readFileSync } from "node:fs";
import { z } from "zod";
import type { Hex } from "../../shared/digest/index.ts";
import { parseJson } from "../../shared/json/index.ts";
import type { Packet } from "../../shared/packet/index.ts";
import { packetSchema } from "../../shared/packet/index.ts";
import { hexBytes } from "../../shared/schema/index.ts";

const vectorFile = z.object({
  vectors: z.array(
    z.object({
      packet: packetSchema,
      packetHash: hexBytes(32),
      digest: z.object({ white: hexBytes(32), flagged: hexBytes(32) }),
    }),
  ),
});

export interface PacketVector {
  readonly packet: Packet;
  readonly packetHash: Hex;
  readonly digest: { readonly white: Hex; readonly flagged: Hex };
}

/** The packets of test/vectors/verulink-evm.json with their published or checked hashes. */
export function verulinkEvmVectors(): PacketVector[] {
  const text = readFileSync(new URL("../vectors/verulink-evm.json", import.meta.url), "utf8");
  return vectorFile.parse(parseJson(text)).vectors;
}

/** The first of {@link verulinkEvmVectors}: a sound packet for tests that change one thing about it. */
export function soundPacket(): Packet {
  const [first] = verulinkEvmVectors();
  if (!first) throw new Error("the vector file holds no packet");
  return first.packet;
}
