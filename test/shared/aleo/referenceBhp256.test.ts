import { describe, expect, it } from "vitest";
import { plaintextBits } from "../../../shared/aleo/plaintextBits.ts";
import { referenceBhp256 } from "../../../shared/aleo/referenceBhp256.ts";
import { formatField, parseField } from "../../../shared/aleo/text.ts";
import { inPacket, screenedPacket } from "../../../shared/aleo/verulinkPacket.ts";
import { verulinkAleoVectors } from "./vectors.ts";

const hash = referenceBhp256();
const vectors = verulinkAleoVectors();

describe("BHP256, as it is written for reading,", () => {
  it("has vectors to be held against", () => {
    expect([vectors.screened.length, vectors.packets.length]).toEqual([1, 1]);
  });

  it.each(vectors.screened)("gives the published hash of a screened packet", (vector) => {
    const value = screenedPacket(parseField(vector.packet_hash, "packet_hash"), vector.screening_passed);
    expect(formatField(hash(plaintextBits(value)))).toBe(vector.hash);
  });

  it.each(vectors.packets)("gives the hashes of packet $packet.sequence for both verdicts", (vector) => {
    const bits = plaintextBits(inPacket(vector.packet));
    expect(bits.length).toBe(vector.bits);
    const packetHash = hash(bits);
    expect(formatField(packetHash)).toBe(vector.packetHash);
    expect(formatField(hash(plaintextBits(screenedPacket(packetHash, true))))).toBe(vector.attestedHash.white);
    expect(formatField(hash(plaintextBits(screenedPacket(packetHash, false))))).toBe(vector.attestedHash.flagged);
  });

  it("has no hash of nothing", () => {
    expect(() => hash({ bytes: new Uint8Array(), length: 0 })).toThrow(RangeError);
  });
});
