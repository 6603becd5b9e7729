import { createRequire } from "node:module";
import path from "node:path";
import { expect, it } from "vitest";
import { secp256k1 } from "../../../shared/ecdsa/native.ts";

it("verifies with the compiled libsecp256k1, not with the JavaScript that its package falls back to", () => {
  const require = createRequire(import.meta.url);
  const folder = path.dirname(require.resolve("secp256k1/package.json"));
  const loaded = Object.keys(require.cache).filter((file) => file.startsWith(folder));
  expect(loaded.filter((file) => file.endsWith(".node"))).toHaveLength(1);
  expect(loaded.filter((file) => file.endsWith("elliptic.js"))).toEqual([]);
  expect(secp256k1).toBe(require("secp256k1/bindings"));
});

it("checks lengths before it hands memory to C", () => {
  const digest = new Uint8Array(32);
  const signature = new Uint8Array(64).fill(1);
  expect(() => secp256k1.ecdsaRecover(signature, 0, digest.subarray(1), false)).toThrow(/length 32/);
  expect(() => secp256k1.ecdsaRecover(signature.subarray(1), 0, digest, false)).toThrow(/length 64/);
  expect(() => secp256k1.publicKeyVerify(new Uint8Array(64))).toThrow(/length/);
});
