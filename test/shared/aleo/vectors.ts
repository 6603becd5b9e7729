import { readFileSync } from "node:fs";
import { z } from "zod";
import { parseJson } from "../../../shared/json/index.ts";
import { packetSchema } from "../../../shared/packet/index.ts";
import { hexBytes, unsigned } from "../../../shared/schema/index.ts";

const fieldText = z.custom<`${bigint}field`>((text) => typeof text === "string" && /^\d+field$/.test(text));
const byVerdict = <T extends z.ZodType>(value: T) => z.object({ white: value, flagged: value });

const vectorFile = z.object({
  screened: z.array(z.object({ packet_hash: fieldText, screening_passed: z.boolean(), hash: fieldText })),
  packets: z.array(
    z.object({
      packet: packetSchema,
      bits: unsigned(64).transform(Number),
      packetHash: fieldText,
      attestedHash: byVerdict(fieldText),
      ecdsa: z.object({
        network: z.enum(["mainnet", "testnet", "canary"]),
        program: z.string(),
        domain: hexBytes(32),
        digest: byVerdict(hexBytes(32)),
      }),
    }),
  ),
  accounts: z.array(z.object({ privateKey: z.string(), address: z.string() })),
  signatures: z.array(z.object({ signer: z.string(), message: fieldText, signature: z.string() })),
});

export type AleoVectors = z.infer<typeof vectorFile>;

/** test/vectors/verulink-aleo.json: hashes that Verulink published, and what follows from them. */
export function verulinkAleoVectors(): AleoVectors {
  const text = readFileSync(new URL("../../vectors/verulink-aleo.json", import.meta.url), "utf8");
  return vectorFile.parse(parseJson(text));
}

/** The packet of the vectors, for tests that change one thing about it. */
export function aleoBoundPacket() {
  const [vector] = verulinkAleoVectors().packets;
  if (vector === undefined) throw new Error("the vector file holds no packet");
  return vector.packet;
}
