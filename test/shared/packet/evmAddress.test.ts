import { getAddress } from "ethers";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { canonicalEvmAddress, evmAddressBytes, evmAddressOf } from "../../../shared/packet/index.ts";
import { evmAddress } from "../arbitraries.ts";

/** The test cases of EIP-55 itself. */
const eipVectors = [
  "0x52908400098527886E0F7030069857D2E4169EE7",
  "0x8617E340B3D01FA5F11F306F4090FD50E238070D",
  "0xde709f2102306220921060314715629080e2fb77",
  "0x27b1fdb04752bbc536007a920d24acb045561c26",
  "0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed",
  "0xfB6916095ca1df60bB79Ce92cE3Ea74c37c5d359",
  "0xdbF03B407c01E7cD3CBea99509d93f8DDDC8C6FB",
  "0xD1220A0cf47c7B9Be7A2E6BA89F429762e7b9aDb",
];

describe("an EVM address", () => {
  it.each(eipVectors)("of EIP-55's own test cases is canonical: %s", (address) => {
    expect(canonicalEvmAddress(address)).toBe(address);
    expect(canonicalEvmAddress(address.toLowerCase())).toBe(address);
    expect(canonicalEvmAddress(`0x${address.slice(2).toUpperCase()}`)).toBe(address);
  });

  it("is spelled as ethers spells it, and keeps its 20 bytes", () => {
    fc.assert(
      fc.property(evmAddress, (lower) => {
        const bytes = Buffer.from(lower.slice(2), "hex");
        expect(canonicalEvmAddress(lower)).toBe(getAddress(lower));
        expect(evmAddressOf(bytes)).toBe(getAddress(lower));
        expect(Buffer.from(evmAddressBytes(lower) ?? [])).toEqual(bytes);
      }),
    );
  });

  it("with one letter in the wrong case is a typing error, not an address", () => {
    fc.assert(
      fc.property(evmAddress, fc.nat(39), (lower, place) => {
        const canonical = getAddress(lower);
        const at = place + 2;
        const letter = canonical.charAt(at);
        const swapped = letter === letter.toLowerCase() ? letter.toUpperCase() : letter.toLowerCase();
        const mistyped = canonical.slice(0, at) + swapped + canonical.slice(at + 1);
        const digits = mistyped.slice(2);
        const oneCase = digits === digits.toLowerCase() || digits === digits.toUpperCase();
        fc.pre(mistyped !== canonical && !oneCase);
        expect(canonicalEvmAddress(mistyped)).toBeUndefined();
        expect(evmAddressBytes(mistyped)).toBeUndefined();
      }),
    );
  });

  it.each([
    "",
    "0x",
    "0x0",
    `0x${"1".repeat(39)}`,
    `0x${"1".repeat(41)}`,
    "1".repeat(40),
    `0X${"1".repeat(40)}`,
    `0x${"1".repeat(40)}\n`,
    ` 0x${"1".repeat(40)}`,
  ])("is not %j", (text) => {
    expect(canonicalEvmAddress(text)).toBeUndefined();
    expect(evmAddressBytes(text)).toBeUndefined();
  });
});
