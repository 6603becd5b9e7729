import { getAddress, hashMessage, solidityPackedKeccak256 } from "ethers";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { digestScheme, verdictResults } from "../../../shared/digest/index.ts";
import type { Packet } from "../../../shared/packet/index.ts";
import { evmAddress, evmBoundPacket } from "../arbitraries.ts";
import { refusal } from "../refusal.ts";
import { soundPacket, verulinkEvmVectors } from "../vectors.ts";

const scheme = digestScheme("verulink-evm");

/** The contract's rule written a second time, over ethers' packing. */
function byEthers(packet: Packet, vote: number) {
  const packetHash = solidityPackedKeccak256(
    "uint256 uint256 uint256 string uint256 address string address uint256 address uint256".split(" "),
    [
      packet.version,
      packet.sequence,
      packet.source.chainId,
      packet.source.address,
      packet.destination.chainId,
      packet.destination.address,
      packet.message.senderAddress,
      packet.message.destTokenAddress,
      packet.message.amount,
      packet.message.receiverAddress,
      packet.height,
    ],
  );
  const voteHash = solidityPackedKeccak256(["bytes32", "uint8"], [packetHash, vote]);
  return { packetHash, digest: hashMessage(Buffer.from(voteHash.slice(2), "hex")) };
}

describe("the digest scheme verulink-evm", () => {
  it("is found by its name and serves EVM destinations", () => {
    expect(scheme).toMatchObject({ name: "verulink-evm", destinationFamily: "evm" });
  });

  it.each(verulinkEvmVectors())("gives the published hashes of packet $packet.sequence", (vector) => {
    expect(scheme.digestOf(vector.packet, "white")).toEqual({
      packetHash: vector.packetHash,
      digest: vector.digest.white,
    });
    expect(scheme.digestOf(vector.packet, "flagged")).toEqual({
      packetHash: vector.packetHash,
      digest: vector.digest.flagged,
    });
  });

  it("votes NAY with byte 2, as the contract recovers, and never with Verulink Go's byte 0", () => {
    const goDigest = "0x4835c896b598a79a62d8ddf852d499ea086b5f9c45d611160cd71758fe9d4ed1";
    expect(byEthers(soundPacket(), 0).digest, "what byte 0 would give").toBe(goDigest);
    const digests = verdictResults.map((verdict) => scheme.digestOf(soundPacket(), verdict).digest);
    expect(digests).toEqual([byEthers(soundPacket(), 1).digest, byEthers(soundPacket(), 2).digest]);
    expect(digests).not.toContain(goDigest);
  });

  it("agrees with ethers on any packet", () => {
    fc.assert(
      fc.property(evmBoundPacket, (packet) => {
        expect(scheme.digestOf(packet, "white")).toEqual(byEthers(packet, 1));
        expect(scheme.digestOf(packet, "flagged")).toEqual(byEthers(packet, 2));
      }),
    );
  });

  it.each([0, 1, 2, 127, 255])(
    "takes version %i: which versions a route knows is the route rule's matter",
    (version) => {
      const packet = { ...soundPacket(), version };
      expect(scheme.digestOf(packet, "white")).toEqual(byEthers(packet, 1));
    },
  );
});

describe("string fields of verulink-evm", () => {
  const hashWith = (address: string, senderAddress: string) => {
    const packet = soundPacket();
    const { source, message } = packet;
    return scheme.digestOf(
      { ...packet, source: { ...source, address }, message: { ...message, senderAddress } },
      "white",
    ).packetHash;
  };

  it("are hashed byte for byte: no trimming, no case folding, no look at the chain family", () => {
    const spellings = ["aleo1x", " aleo1x", "aleo1x ", "ALEO1X", "0x14779f992b2f2c42b8660ffa42dbcb3c7c9930b0"];
    const hashes = new Set(spellings.map((spelling) => hashWith(spelling, "sender")));
    expect(hashes.size).toBe(spellings.length);
  });

  it("never let two packets share their bytes by moving characters from one field to the next", () => {
    const cut = fc.integer({ min: 1, max: 19 });
    const text = fc.string({ unit: "grapheme-ascii", minLength: 20, maxLength: 20 });
    fc.assert(
      fc.property(text, cut, cut, (letters, first, second) => {
        fc.pre(first !== second);
        const cutAt = (at: number) => hashWith(letters.slice(0, at), letters.slice(at));
        expect(cutAt(first)).not.toBe(cutAt(second));
      }),
    );
  });

  it.each([
    ["nothing", ""],
    ["129 characters", "a".repeat(129)],
    ["a line break", "a\n"],
    ["a zero byte, which would blur into the next field", "a\0"],
    ["DEL", "a\x7f"],
    ["a letter beyond ASCII", "ä"],
    ["a lone surrogate", "\ud800"],
  ])("are refused when they hold %s", (_what, text) => {
    expect(refusal("invalid_field", () => hashWith(text, "sender")).data.field).toBe("source.address");
    expect(refusal("invalid_field", () => hashWith("source", text)).data.field).toBe("message.sender_address");
  });
});

it("is not touched by the packets before it, the longest or one that was refused half-way", () => {
  const packet = soundPacket();
  const { source, message } = packet;
  const longest = { ...packet, source: { ...source, address: "z".repeat(128) } };
  const filled = { ...longest, message: { ...message, senderAddress: "~".repeat(128), amount: (1n << 128n) - 1n } };
  const expected = byEthers(packet, 1);
  expect(scheme.digestOf(filled, "flagged")).toEqual(byEthers(filled, 2));
  expect(scheme.digestOf(packet, "white")).toEqual(expected);
  refusal("invalid_field", () => scheme.digestOf({ ...filled, height: 1n << 64n }, "white"));
  expect(scheme.digestOf({ ...packet }, "white")).toEqual(expected);
});

describe("20-byte fields of verulink-evm", () => {
  const fields = {
    "destination.address": (packet: Packet, address: string) => ({
      ...packet,
      destination: { ...packet.destination, address },
    }),
    "message.dest_token_address": (packet: Packet, destTokenAddress: string) => ({
      ...packet,
      message: { ...packet.message, destTokenAddress },
    }),
    "message.receiver_address": (packet: Packet, receiverAddress: string) => ({
      ...packet,
      message: { ...packet.message, receiverAddress },
    }),
  };

  describe.each(Object.entries(fields))("%s", (field, withAddress) => {
    it("gives one digest for each accepted spelling: lower case, upper case, EIP-55", () => {
      fc.assert(
        fc.property(evmAddress, (lower) => {
          const upper = `0x${lower.slice(2).toUpperCase()}`;
          const hashes = [lower, upper, getAddress(lower)].map(
            (address) => scheme.digestOf(withAddress(soundPacket(), address), "white").packetHash,
          );
          expect(new Set(hashes).size).toBe(1);
        }),
        { numRuns: 20 },
      );
    });

    it.each([
      ["a wrong EIP-55 checksum", "0x2d9B1dF35e4fAc995377aD7f7a84070CD36400Ff"],
      ["39 digits", `0x${"a".repeat(39)}`],
      ["41 digits", `0x${"a".repeat(41)}`],
      ["no 0x", "a".repeat(40)],
      ["0X", `0X${"A".repeat(40)}`],
      ["a letter that is no digit", `0x${"a".repeat(39)}g`],
      ["a blank at the end", `0x${"a".repeat(40)} `],
      ["a line break at the end", `0x${"a".repeat(40)}\n`],
      ["an Aleo address", "aleo1fg8y0ax9g0yhahrknngzwxkpcf7ejy3mm6cent4mmtwew5ueps8s6jzl27"],
      ["nothing", ""],
    ])("refuses %s and names the field", (_what, address) => {
      const error = refusal("invalid_field", () => scheme.digestOf(withAddress(soundPacket(), address), "white"));
      expect(error.data.field).toBe(field);
    });
  });
});

describe("integers of verulink-evm", () => {
  const p = soundPacket();

  it.each<[string, string, Packet]>([
    ["version 256", "version", { ...p, version: 256 }],
    ["version −1", "version", { ...p, version: -1 }],
    ["version 1.5", "version", { ...p, version: 1.5 }],
    ["version NaN", "version", { ...p, version: Number.NaN }],
    ["sequence 2^64", "sequence", { ...p, sequence: 1n << 64n }],
    ["a negative sequence", "sequence", { ...p, sequence: -1n }],
    ["source chain id 2^128", "source.chain_id", { ...p, source: { ...p.source, chainId: 1n << 128n } }],
    ["amount 2^128", "message.amount", { ...p, message: { ...p.message, amount: 1n << 128n } }],
    ["amount 2^256 + 10", "message.amount", { ...p, message: { ...p.message, amount: (1n << 256n) + 10n } }],
    ["height 2^64", "height", { ...p, height: 1n << 64n }],
  ])("refuses %s instead of cutting it to size", (_what, field, packet) => {
    expect(refusal("invalid_field", () => scheme.digestOf(packet, "white")).data.field).toBe(field);
  });
});
