import fc from "fast-check";
import { fieldModulus } from "../../../shared/aleo/field.ts";
import { formatAddress, formatField } from "../../../shared/aleo/text.ts";
import type { Packet } from "../../../shared/packet/index.ts";
import { evmAddress, unsignedInteger } from "../arbitraries.ts";
import { subgroupX } from "./plaintexts.ts";

const aleoAddress = fc.oneof({ weight: 9, arbitrary: subgroupX }, fc.constant(0n)).map(formatAddress);
const tokenId = fc
  .oneof({ weight: 9, arbitrary: fc.bigInt(0n, fieldModulus - 1n) }, fc.constantFrom(0n, fieldModulus - 1n))
  .map(formatField);

/** Any packet that Verulink's Aleo program can consume. */
export const anyAleoBoundPacket: fc.Arbitrary<Packet> = fc.record({
  version: unsignedInteger(8).map(Number),
  sequence: unsignedInteger(64),
  source: fc.record({ chainId: unsignedInteger(128), address: evmAddress }),
  destination: fc.record({ chainId: unsignedInteger(128), address: aleoAddress }),
  message: fc.record({
    destTokenAddress: tokenId,
    senderAddress: evmAddress,
    amount: unsignedInteger(128),
    receiverAddress: aleoAddress,
  }),
  height: unsignedInteger(64),
});
