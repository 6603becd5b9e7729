import fc from "fast-check";
import type { Packet } from "../../shared/packet/index.ts";

/** An unsigned integer of that many bits, its ends included. */
export const unsignedInteger = (bits: 8 | 64 | 128) =>
  fc.oneof(fc.bigInt(0n, (1n << BigInt(bits)) - 1n), fc.constant(0n), fc.constant((1n << BigInt(bits)) - 1n));

/** 1 to 128 characters from blank to tilde. */
export const asciiText = fc.string({ unit: "grapheme-ascii", minLength: 1, maxLength: 128 });

/** `0x` and 40 lower-case hex digits. */
export const evmAddress = fc
  .uint8Array({ minLength: 20, maxLength: 20 })
  .map((bytes) => `0x${Buffer.from(bytes).toString("hex")}`);

/** Any packet that an EVM bridge can consume. */
export const evmBoundPacket: fc.Arbitrary<Packet> = fc.record({
  version: unsignedInteger(8).map(Number),
  sequence: unsignedInteger(64),
  source: fc.record({ chainId: unsignedInteger(128), address: asciiText }),
  destination: fc.record({ chainId: unsignedInteger(128), address: evmAddress }),
  message: fc.record({
    destTokenAddress: evmAddress,
    senderAddress: asciiText,
    amount: unsignedInteger(128),
    receiverAddress: evmAddress,
  }),
  height: unsignedInteger(64),
});

/** Any packet that the wire can carry. */
export const anyPacket: fc.Arbitrary<Packet> = fc
  .tuple(evmBoundPacket, asciiText, asciiText, asciiText)
  .map(([packet, address, destTokenAddress, receiverAddress]) => ({
    ...packet,
    destination: { ...packet.destination, address },
    message: { ...packet.message, destTokenAddress, receiverAddress },
  }));
