import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { bhp256 } from "../../../shared/aleo/bhp256.ts";
import { type Bits, bitAt } from "../../../shared/aleo/bits.ts";
import { isSubgroupX } from "../../../shared/aleo/curve.ts";
import { fieldModulus } from "../../../shared/aleo/field.ts";
import { formatPlaintext } from "../../../shared/aleo/formatPlaintext.ts";
import { parsePlaintext } from "../../../shared/aleo/parsePlaintext.ts";
import { plaintextBits } from "../../../shared/aleo/plaintextBits.ts";
import { accountOfSeed, fieldMessage, signMessage, verifiesMessage } from "../../../shared/aleo/schnorr/index.ts";
import { fieldBytes, formatAddress, formatField, parseField } from "../../../shared/aleo/text.ts";
import { verulinkAleoSchnorr } from "../../../shared/aleo/verulinkDigests.ts";
import { inPacket, screenedPacket } from "../../../shared/aleo/verulinkPacket.ts";
import { chosenSeed } from "../../support/random.ts";
import { startSnarkVm } from "../../support/snarkVm.ts";
import { refusal } from "../refusal.ts";
import { anyAleoBoundPacket } from "./packets.ts";
import { anyPlaintext } from "./plaintexts.ts";

/** How many of each a run compares. */
export interface Amounts {
  readonly packets: number;
  readonly values: number;
  readonly bitStrings: number;
  readonly addresses: number;
  readonly accounts: number;
}

/** The comparison of our hashes with Aleo's own virtual machine, for a test file to run with the numbers it has time for. */
export function compareWithSnarkVm(amounts: Amounts): void {
  const seed = chosenSeed();
  describe(`ours and Aleo's own snarkVM (SEED=${seed})`, () => {
    const snarkVm = startSnarkVm();

    it(`give the same hashes for ${amounts.packets} random packets and both verdicts`, () => {
      fc.assert(
        fc.property(anyAleoBoundPacket, (packet) => {
          const packetHash = snarkVm.hashOf(formatPlaintext(inPacket(packet)));
          const screened = (passed: boolean) =>
            snarkVm.hashOf(formatPlaintext(screenedPacket(parseField(packetHash, "hash"), passed)));
          expect(verulinkAleoSchnorr(packet, "white")).toEqual({ packetHash, digest: screened(true) });
          expect(verulinkAleoSchnorr(packet, "flagged")).toEqual({ packetHash, digest: screened(false) });
        }),
        { seed, numRuns: amounts.packets },
      );
    });

    it(`give the same tagged bits for ${amounts.values} random values of all types`, () => {
      fc.assert(
        fc.property(anyPlaintext, (value) => {
          expect(bitText(plaintextBits(value))).toBe(snarkVm.bitsOf(formatPlaintext(value)));
        }),
        { seed, numRuns: amounts.values },
      );
    });

    it(`read ${amounts.values} random values alike, from the text that snarkVM writes`, () => {
      fc.assert(
        fc.property(anyPlaintext, (value) => {
          expect(parsePlaintext(snarkVm.rewritten(formatPlaintext(value)), "value")).toEqual(value);
        }),
        { seed, numRuns: amounts.values },
      );
    });

    it.each([
      ["the modulus of the field", `${fieldModulus}field`, "0field"],
      ["a negative field", "-1field", `${fieldModulus - 1n}field`],
      ["a leading zero", "01u8", "1u8"],
      ["minus zero", "-0i8", "0i8"],
      ["a comment", "{/* c */a:1u8}", "{\n  a: 1u8\n}"],
    ])("part where snarkVM takes several spellings for one value: %s", (_what, text, value) => {
      expect(snarkVm.rewritten(text)).toBe(value);
      refusal("invalid_field", () => parsePlaintext(text, "value"));
      expect(formatPlaintext(parsePlaintext(value, "value"))).toBe(value.replaceAll(/\s/g, ""));
    });

    it(`give the same hash for ${amounts.bitStrings} random strings of bits`, () => {
      fc.assert(
        fc.property(fc.array(fc.boolean(), { minLength: 1, maxLength: 1_100, size: "max" }), (bits) => {
          const own = bitsFrom(bits);
          expect(`${bhp256(own)}field`).toBe(snarkVm.hashOfBits(own));
        }),
        { seed, numRuns: amounts.bitStrings },
      );
    });

    it(`take the same of ${amounts.addresses} random addresses with a right checksum`, () => {
      const verdicts = new Set<boolean>();
      fc.assert(
        fc.property(fc.bigInt(0n, fieldModulus - 1n), (x) => {
          verdicts.add(isSubgroupX(x));
          expect(snarkVm.acceptsAddress(formatAddress(x))).toBe(isSubgroupX(x));
        }),
        { seed, numRuns: amounts.addresses },
      );
      expect(verdicts.size, "both kinds were among them").toBe(2);
    });

    it(`give ${amounts.accounts} random seeds one address, and take each other's signatures and no others`, () => {
      const element = fc.bigInt(0n, fieldModulus - 1n);
      fc.assert(
        fc.property(element.map(fieldBytes), element, element, (accountSeed, one, other) => {
          fc.pre(one !== other);
          const account = accountOfSeed(accountSeed);
          const [value, otherValue] = [formatField(one), formatField(other)];
          expect(account.address).toBe(snarkVm.addressOf(accountSeed));
          const [ours, theirs] = [signMessage(account, fieldMessage(value)), snarkVm.sign(accountSeed, value)];
          expect(snarkVm.verifies(ours, account.address, value)).toBe(true);
          expect(snarkVm.verifies(ours, account.address, otherValue)).toBe(false);
          expect(verifiesMessage(theirs, account.address, fieldMessage(value))).toBe(true);
          expect(verifiesMessage(theirs, account.address, fieldMessage(otherValue))).toBe(false);
        }),
        { seed, numRuns: amounts.accounts },
      );
    });
  });
}

function bitText(bits: Bits): string {
  return Array.from({ length: bits.length }, (_, index) => bitAt(bits, index)).join("");
}

function bitsFrom(bits: readonly boolean[]): Bits {
  const bytes = new Uint8Array(Math.ceil(bits.length / 8));
  for (const [index, bit] of bits.entries()) if (bit) bytes[index >> 3] = (bytes[index >> 3] ?? 0) | (1 << (index & 7));
  return { bytes, length: bits.length };
}
