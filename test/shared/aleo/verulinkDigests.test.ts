import { keccak_256 } from "@noble/hashes/sha3.js";
import { describe, expect, it } from "vitest";
import { verulinkAleoEcdsa, verulinkAleoEcdsaDomain, verulinkAleoSchnorr } from "../../../shared/aleo/index.ts";
import { formatAddress } from "../../../shared/aleo/text.ts";
import { refusal } from "../refusal.ts";
import { aleoBoundPacket, verulinkAleoVectors } from "./vectors.ts";

const { packets } = verulinkAleoVectors();
const packet = aleoBoundPacket();
const testnet = { network: "testnet", program: "attestor_bridge.aleo" } as const;
const hex = (bytes: Uint8Array) => `0x${Buffer.from(bytes).toString("hex")}`;

/** The field element as the Aleo VM sees it in memory: 32 bytes, the lowest first. */
function littleEndian(text: string): Buffer {
  const digits = BigInt(text.replace("field", "")).toString(16).padStart(64, "0");
  return Buffer.from(digits, "hex").reverse();
}

describe("the digest scheme verulink-aleo-ecdsa", () => {
  it.each(packets)(
    "gives the vectors' domain and digests of packet $packet.sequence",
    ({ packet, packetHash, ecdsa }) => {
      const { network, program } = ecdsa;
      expect(hex(verulinkAleoEcdsaDomain({ network, program }))).toBe(ecdsa.domain);
      const digestOf = verulinkAleoEcdsa({ network, program });
      expect(digestOf(packet, "white")).toEqual({ packetHash, digest: ecdsa.digest.white });
      expect(digestOf(packet, "flagged")).toEqual({ packetHash, digest: ecdsa.digest.flagged });
    },
  );

  it("is keccak256 of the domain and the hash that verulink-aleo-schnorr signs", () => {
    for (const verdict of ["white", "flagged"] as const) {
      const attested = littleEndian(verulinkAleoSchnorr(packet, verdict).digest);
      const domain = keccak_256(Buffer.from("hsm-attestor/verulink-aleo-ecdsa/v1:mainnet:bridge.aleo"));
      const digest = hex(keccak_256(Buffer.concat([domain, attested])));
      expect(verulinkAleoEcdsa({ network: "mainnet", program: "bridge.aleo" })(packet, verdict).digest).toBe(digest);
    }
  });

  it("gives another digest for each network, program, verdict and packet", () => {
    const places = [
      testnet,
      { ...testnet, network: "mainnet" },
      { ...testnet, network: "canary" },
      { ...testnet, program: "attestor_bridgf.aleo" },
    ] as const;
    const digests = places.flatMap((place) => {
      const digestOf = verulinkAleoEcdsa(place);
      const later = { ...packet, sequence: packet.sequence + 1n };
      return [digestOf(packet, "white"), digestOf(packet, "flagged"), digestOf(later, "white")].map(
        ({ digest }) => digest,
      );
    });
    expect(new Set(digests).size).toBe(12);
  });

  it.each([
    ["no program id", { program: "" }],
    ["no suffix", { program: "bridge" }],
    ["another suffix", { program: "bridge.leo" }],
    ["a capital", { program: "Bridge.aleo" }],
    ["a digit first", { program: "1bridge.aleo" }],
    ["a colon", { program: "a:b.aleo" }],
    ["32 letters", { program: `${"a".repeat(32)}.aleo` }],
    ["a line break", { program: "bridge.aleo\n" }],
    ["an unknown network", { network: "devnet" as never }],
    ["a network in capitals", { network: "Testnet" as never }],
  ])("is not there for %s", (_what, change) => {
    const field = Object.keys(change)[0];
    expect(refusal("invalid_field", () => verulinkAleoEcdsa({ ...testnet, ...change })).data.field).toBe(field);
  });

  it("takes a program id of 31 letters", () => {
    expect(() => verulinkAleoEcdsa({ ...testnet, program: `${"a".repeat(31)}.aleo` })).not.toThrow();
  });
});

describe("the digest scheme verulink-aleo-schnorr", () => {
  it.each(packets)(
    "gives Verulink's published hashes of packet $packet.sequence",
    ({ packet, packetHash, attestedHash }) => {
      expect(verulinkAleoSchnorr(packet, "white")).toEqual({ packetHash, digest: attestedHash.white });
      expect(verulinkAleoSchnorr(packet, "flagged")).toEqual({ packetHash, digest: attestedHash.flagged });
    },
  );
});

describe("a packet that an Aleo program could not hold", () => {
  it.each([
    ["a receiver that is no address", { receiverAddress: "aleo1nobody" }],
    ["a receiver that is an EVM address", { receiverAddress: packet.source.address }],
    // the checksum is right, but 3 is no point of the group
    ["a receiver that no account can have", { receiverAddress: formatAddress(3n) }],
  ])("is refused by both schemes, naming the field: %s", (_what, change) => {
    const strange = { ...packet, message: { ...packet.message, ...change } };
    for (const digestOf of [verulinkAleoEcdsa(testnet), verulinkAleoSchnorr]) {
      const { data } = refusal("invalid_field", () => digestOf(strange, "white"));
      expect(data.field).toBe("message.receiver_address");
    }
  });
});
