import { describe, expect, it } from "vitest";
import { formatAddress } from "../../../shared/aleo/text.ts";
import { inPacket } from "../../../shared/aleo/verulinkPacket.ts";
import type { Packet } from "../../../shared/packet/index.ts";
import { refusal } from "../refusal.ts";
import { aleoBoundPacket } from "./vectors.ts";

const p = aleoBoundPacket();
const withMessage = (part: Partial<Packet["message"]>): Packet => ({ ...p, message: { ...p.message, ...part } });
const evm = "0x14779F992B2F2c42b8660Ffa42DBcb3C7C9930B0";

describe("an incoming packet of Verulink's Aleo program", () => {
  it("holds names, order and types as the program declares them", () => {
    const names = inPacket(p).members.map(([name]) => name);
    expect(names).toEqual(["version", "sequence", "source", "destination", "message", "height"]);
  });

  it("holds an EVM address as 32 bytes, the first 12 zero, whatever its spelling", () => {
    const spellings = [evm, evm.toLowerCase(), `0x${evm.slice(2).toUpperCase()}`];
    const packets = spellings.map((address) => inPacket({ ...p, source: { ...p.source, address } }));
    expect(packets[1]).toEqual(packets[0]);
    expect(packets[2]).toEqual(packets[0]);
    const source = packets[0]?.members[2]?.[1];
    const bytes = source?.kind === "struct" ? source.members[1]?.[1] : undefined;
    const values = bytes?.kind === "list" ? bytes.elements.map((element) => "value" in element && element.value) : [];
    expect(values).toEqual([...new Uint8Array(12), ...Buffer.from(evm.slice(2), "hex")].map(BigInt));
  });

  it.each<[string, string, Packet]>([
    ["a version beyond u8", "version", { ...p, version: 256 }],
    ["a negative version", "version", { ...p, version: -1 }],
    ["a version that is no integer", "version", { ...p, version: 1.5 }],
    ["a sequence beyond u64", "sequence", { ...p, sequence: 1n << 64n }],
    ["a source chain beyond u128", "source.chain_id", { ...p, source: { ...p.source, chainId: 1n << 128n } }],
    ["a negative destination chain", "destination.chain_id", { ...p, destination: { ...p.destination, chainId: -1n } }],
    ["an amount beyond u128", "message.amount", withMessage({ amount: 1n << 128n })],
    ["a height beyond u64", "height", { ...p, height: 1n << 64n }],
    ["a source that is no EVM address", "source.address", { ...p, source: { ...p.source, address: "0x14" } }],
    [
      "a sender of 32 bytes",
      "message.sender_address",
      withMessage({ senderAddress: `0x${"0".repeat(24)}${evm.slice(2)}` }),
    ],
    ["a sender with a wrong checksum", "message.sender_address", withMessage({ senderAddress: evm.replace("F", "f") })],
    ["a token without suffix", "message.dest_token_address", withMessage({ destTokenAddress: "1" })],
    ["a token that is an address", "message.dest_token_address", withMessage({ destTokenAddress: formatAddress(0n) })],
    ["a receiver on EVM", "message.receiver_address", withMessage({ receiverAddress: evm })],
    ["a receiver that is no account", "message.receiver_address", withMessage({ receiverAddress: formatAddress(3n) })],
    ["a destination on EVM", "destination.address", { ...p, destination: { ...p.destination, address: evm } }],
  ])("is not made from %s; the field is named", (_what, field, packet) => {
    expect(refusal("invalid_field", () => inPacket(packet)).data.field).toBe(field);
  });
});
