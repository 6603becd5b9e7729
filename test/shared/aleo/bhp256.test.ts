import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { bhp256, prepareBhp256, tested } from "../../../shared/aleo/bhp256.ts";
import type { Bits } from "../../../shared/aleo/bits.ts";
import { plaintextBits } from "../../../shared/aleo/plaintextBits.ts";
import { referenceBhp256 } from "../../../shared/aleo/referenceBhp256.ts";
import { inPacket } from "../../../shared/aleo/verulinkPacket.ts";
import { refusal } from "../refusal.ts";
import { aleoBoundPacket, verulinkAleoVectors } from "./vectors.ts";

const reference = referenceBhp256();

const bitsOfLength = (length: number): fc.Arbitrary<Bits> => {
  const bytes = Math.ceil(length / 8);
  return fc
    .oneof(
      { weight: 4, arbitrary: fc.uint8Array({ minLength: bytes, maxLength: bytes }) },
      { weight: 1, arbitrary: fc.constantFrom(new Uint8Array(bytes), new Uint8Array(bytes).fill(255)) },
    )
    .map((random) => {
      const own = Uint8Array.from(random);
      if (length % 8 > 0) own[bytes - 1] = (own[bytes - 1] ?? 0) & ((1 << (length % 8)) - 1);
      return { bytes: own, length };
    });
};

describe("the BHP256 of the product", () => {
  it("equals the reference on any input of any length", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 1_700 }).chain(bitsOfLength), (bits) => {
        expect(bhp256(bits)).toBe(reference(bits));
      }),
      { numRuns: 150 },
    );
  });

  // An iteration takes 261 bits, an addition 9 of them, the smallest step 3.
  const edges = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 17, 18, 19, 252, 253, 258, 259, 260, 261, 262, 263, 264, 265];
  const laterEdges = [270, 271, 513, 521, 522, 523, 525, 531, 782, 783, 784, 785, 1_043, 1_044, 1_045];
  it.each([...edges, ...laterEdges])("equals the reference where %i bits end", (length) => {
    fc.assert(
      fc.property(bitsOfLength(length), (bits) => {
        expect(bhp256(bits)).toBe(reference(bits));
      }),
      { numRuns: 4 },
    );
  });

  it("takes no notice of what lies behind the last bit", () => {
    const clean = { bytes: Uint8Array.of(0b101), length: 4 };
    expect(bhp256({ bytes: Uint8Array.of(0b1111_0101, 255), length: 4 })).toBe(bhp256(clean));
  });

  it("gives the vectors' packet hash", () => {
    const [vector] = verulinkAleoVectors().packets;
    expect(`${bhp256(plaintextBits(inPacket(aleoBoundPacket())))}field`).toBe(vector?.packetHash);
  });

  it("has no hash of nothing", () => {
    expect(() => bhp256({ bytes: new Uint8Array(), length: 0 })).toThrow(RangeError);
  });
});

describe("the self-test", () => {
  it("lets a BHP256 pass that gives the known hash", () => {
    expect(tested(reference)).toBe(reference);
    expect(prepareBhp256).not.toThrow();
  });

  it("stops one whose tables are wrong", () => {
    const off = refusal("internal", () => tested((bits) => reference(bits) + 1n));
    expect(off.data.reason).toContain("must not sign for Aleo");
  });
});
