import { createHash } from "node:crypto";
import { keccak_256 } from "@noble/hashes/sha3.js";
import { describe, expect, it } from "vitest";
import { keccak256 } from "../../../shared/keccak/index.ts";
import { chosenSeed, randomOf } from "../../support/random.ts";

const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString("hex");
const seed = chosenSeed();

describe("keccak256", () => {
  it.each([
    // the empty hash and the hash of "abc" from the Keccak team's ShortMsgKAT_256, the others from Solidity's and EIP-55's texts
    ["", "c5d2460186f7233c927e7db2dcc703c0e500b653ca82273b7bfad8045d85a470"],
    ["abc", "4e03657aea45a94fc7d47ba826c8d667c0d1e6e33a64a036ec44f58fa12d6c45"],
    ["transfer(address,uint256)", "a9059cbb2ab09eb219583f4a59a5d0623ade346d962bcd4e46b11da047c9049b"],
    ["Transfer(address,address,uint256)", "ddf252ad1be2c89b69c2b068fc378daa952ba7f163c4a11628f55a4df523b3ef"],
  ])("of %j is the published one", (text, expected) => {
    expect(hex(keccak256(Buffer.from(text)))).toBe(expected);
  });

  it("is not SHA3-256, which pads otherwise", () => {
    const text = Buffer.from("abc");
    expect(hex(keccak256(text))).not.toBe(createHash("sha3-256").update(text).digest("hex"));
  });

  it(`is what another implementation says, for every length from 0 to 1,000 (SEED=${seed})`, () => {
    const random = randomOf(seed);
    for (let length = 0; length <= 1_000; length += 1) {
      const data = Uint8Array.from({ length }, () => random.below(256));
      expect(hex(keccak256(data)), `${length} bytes`).toBe(hex(keccak_256(data)));
    }
  });

  it("has every bit of a block count", () => {
    const known = new Set<string>();
    for (let bit = 0; bit < 136 * 8; bit += 1) {
      const data = new Uint8Array(136);
      data[bit >> 3] = 1 << (bit & 7);
      known.add(hex(keccak256(data)));
    }
    expect(known.size).toBe(136 * 8);
  });

  it.each([65_279, 65_280, 65_281, 130_559, 130_560, 200_000])(
    "takes %i bytes, more than its memory holds",
    (length) => {
      const data = new Uint8Array(length).map((_, index) => index * 7);
      expect(hex(keccak256(data))).toBe(hex(keccak_256(data)));
    },
  );

  it("leaves its answers and its input alone, and keeps nothing from one call for the next", () => {
    const whole = new Uint8Array(300).map((_, index) => index);
    const part = whole.subarray(10, 20);
    const first = keccak256(part);
    const copy = Uint8Array.from(first);
    keccak256(whole);
    expect(first).toEqual(copy);
    expect(keccak256(part)).toEqual(copy);
    expect(whole).toEqual(new Uint8Array(300).map((_, index) => index));
    expect(first.buffer.byteLength).toBe(32);
  });
});
