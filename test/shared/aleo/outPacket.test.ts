import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { formatPlaintext } from "../../../shared/aleo/formatPlaintext.ts";
import { outPacket } from "../../../shared/aleo/outPacket.ts";
import { parsePlaintext } from "../../../shared/aleo/parsePlaintext.ts";
import { byteList, number, type Plaintext, struct } from "../../../shared/aleo/plaintext.ts";
import { formatAddress } from "../../../shared/aleo/text.ts";
import { canonicalEvmAddress, type Packet } from "../../../shared/packet/index.ts";
import { evmAddress, unsignedInteger } from "../arbitraries.ts";
import { refusal } from "../refusal.ts";
import { subgroupX } from "./plaintexts.ts";

/** As a REST endpoint serves it, which sends arrays an element a line. */
const bytes = (address: string) => {
  const padded = [...new Uint8Array(12), ...Buffer.from(address.slice(2), "hex")];
  return `[\n      ${padded.map((byte) => `${byte}u8`).join(",\n      ")}\n    ]`;
};
const service = formatAddress(0n);
const [token, evmService, receiver] = ["11", "22", "a3"].map((byte) => `0x${byte.repeat(20)}`) as [
  string,
  string,
  string,
];
const text = `{
  version: 1u8,
  sequence: 7u64,
  source: {
    chain_id: 6694886634401u128,
    addr: ${service}
  },
  destination: {
    chain_id: 27234042785u128,
    addr: ${bytes(evmService)}
  },
  message: {
    sender_address: ${service},
    dest_token_address: ${bytes(token)},
    amount: 340282366920938463463374607431768211455u128,
    receiver_address: ${bytes(receiver)}
  },
  height: 58u64
}`;
const read = (value: string) => outPacket(parsePlaintext(value, "packet"));

describe("a packet in the mapping of Verulink's Aleo program", () => {
  it("is read with its addresses in their one spelling", () => {
    const expected: Packet = {
      version: 1,
      sequence: 7n,
      source: { chainId: 6694886634401n, address: service },
      destination: { chainId: 27234042785n, address: evmService },
      message: {
        senderAddress: service,
        destTokenAddress: token,
        amount: (1n << 128n) - 1n,
        receiverAddress: canonicalEvmAddress(receiver) ?? "",
      },
      height: 58n,
    };
    expect(read(text)).toEqual(expected);
  });

  it("is read as the packet that it was made from, whatever its content", () => {
    const evm = evmAddress.map((address) => canonicalEvmAddress(address) ?? "");
    const aleo = subgroupX.map(formatAddress);
    const anyPacket: fc.Arbitrary<Packet> = fc.record({
      version: unsignedInteger(8).map(Number),
      sequence: unsignedInteger(64),
      source: fc.record({ chainId: unsignedInteger(128), address: aleo }),
      destination: fc.record({ chainId: unsignedInteger(128), address: evm }),
      message: fc.record({
        destTokenAddress: evm,
        senderAddress: aleo,
        amount: unsignedInteger(128),
        receiverAddress: evm,
      }),
      height: unsignedInteger(64),
    });
    fc.assert(
      fc.property(anyPacket, ({ version, sequence, source, destination, message, height }) => {
        const written = `{version:${version}u8,sequence:${sequence}u64,
          source:{chain_id:${source.chainId}u128,addr:${source.address}},
          destination:{chain_id:${destination.chainId}u128,addr:${bytes(destination.address)}},
          message:{sender_address:${message.senderAddress},dest_token_address:${bytes(message.destTokenAddress)},
            amount:${message.amount}u128,receiver_address:${bytes(message.receiverAddress)}},height:${height}u64}`;
        expect(read(written)).toEqual({ version, sequence, source, destination, message, height });
      }),
      { numRuns: 50 },
    );
  });

  it.each([
    [
      "a padding byte that is not zero",
      "destination.address",
      bytes(evmService),
      bytes(evmService).replace("0u8", "1u8"),
    ],
    [
      "a padding byte of the receiver that is not zero",
      "message.receiver_address",
      bytes(receiver),
      bytes(receiver).replace(/0u8,(\s+)163u8/, "255u8,$1163u8"),
    ],
    ["31 bytes", "message.dest_token_address", bytes(token), bytes(token).replace("0u8,", "")],
    ["33 bytes", "message.dest_token_address", bytes(token), bytes(token).replace("0u8,", "0u8,0u8,")],
    ["bytes of another type", "message.dest_token_address", bytes(token), bytes(token).replace("0u8", "0u16")],
    ["an address in place of bytes", "message.dest_token_address", bytes(token), service],
    ["a version of another type", "version", "1u8", "1u16"],
    ["a version that is a boolean", "version", "1u8", "true"],
    ["a sequence of another type", "sequence", "7u64", "7u128"],
    ["a height of another type", "height", "58u64", "58u32"],
    ["an amount of another type", "message.amount", /\d+u128,\n {4}receiver/, "1u64,\n    receiver"],
    ["a source that is a field", "source.address", `addr: ${service}`, "addr: 0field"],
    ["a sender that is a group", "message.sender_address", `sender_address: ${service}`, "sender_address: 0group"],
    ["no height", "packet", ",\n  height: 58u64", ""],
    ["one member more", "packet", "height: 58u64", "height: 58u64,\n  more: 1u8"],
    ["a member of another name", "message", "amount", "amounts"],
    [
      "two members in the other order",
      "source",
      /chain_id: (\d+u128),\n( +)addr: (aleo\w+)/,
      "addr: $3,\n$2chain_id: $1",
    ],
    ["a source that is no struct", "source", /source: \{[^}]*\}/, "source: 1u8"],
  ])("is refused for %s; the field is named", (_what, field, from, to) => {
    const changed = text.replace(from, to);
    expect(changed).not.toBe(text);
    expect(refusal("invalid_field", () => read(changed)).data.field).toBe(field);
  });

  it.each<[string, Plaintext]>([
    ["a literal", number("u8", 1)],
    ["bytes", byteList(new Uint8Array(32))],
    ["another struct", struct(["version", number("u8", 1)])],
  ])("is not %s", (_what, value) => {
    expect(refusal("invalid_field", () => read(formatPlaintext(value))).data.field).toBe("packet");
  });
});
