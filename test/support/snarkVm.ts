import { createRequire } from "node:module";
import path from "node:path";
import type { Bits } from "../../shared/aleo/bits.ts";
import { bitAt } from "../../shared/aleo/bits.ts";
import { repository } from "./attestor.ts";

/** The part of snarkVM's WebAssembly build that we compare with. */
interface Wasm {
  readonly Plaintext: { fromString(text: string): { toBitsLe(): boolean[]; toString(): string } };
  readonly BHP256: new () => { hash(bits: boolean[]): { toString(): string } };
  readonly Address: { from_string(text: string): WasmText };
  readonly Program: { fromString(text: string): { id(): string } };
  readonly PrivateKey: { fromBytesLe(seed: Uint8Array): WasmText & { to_address(): WasmText } };
  readonly Signature: {
    signValue(key: WasmText, value: string): WasmText;
    from_string(text: string): { verifyValue(address: WasmText, value: string): boolean };
  };
}

interface WasmText {
  to_string(): string;
}

export interface SnarkVm {
  /** The tagged bits of a value in Aleo's text form. @throws if snarkVM cannot read it. */
  bitsOf(text: string): string;
  /** The value as snarkVM writes it. @throws if snarkVM cannot read it. */
  rewritten(text: string): string;
  hashOf(text: string): string;
  hashOfBits(bits: Bits): string;
  acceptsAddress(text: string): boolean;
  /** The address of a seed of 32 bytes. */
  addressOf(seed: Uint8Array): string;
  /** Signs a value as the account of that seed. */
  sign(seed: Uint8Array, value: string): string;
  verifies(signature: string, address: string, value: string): boolean;
  /** The id of a program in Aleo instructions. @throws if it is none. */
  programId(text: string): string;
}

/**
 * Aleo's own virtual machine, which set-up installs for the tests. It is not part of the product, so its text form of values
 * is what it is asked with.
 */
export function startSnarkVm(): SnarkVm {
  const wasm = load();
  const hasher = new wasm.BHP256();
  const bits = (text: string) => wasm.Plaintext.fromString(text).toBitsLe();
  return {
    bitsOf: (text) => bits(text).map(Number).join(""),
    rewritten: (text) => wasm.Plaintext.fromString(text).toString(),
    hashOf: (text) => hasher.hash(bits(text)).toString(),
    hashOfBits: (own) =>
      hasher.hash(Array.from({ length: own.length }, (_, index) => bitAt(own, index) === 1)).toString(),
    acceptsAddress: (text) => succeeds(() => wasm.Address.from_string(text)),
    addressOf: (seed) => wasm.PrivateKey.fromBytesLe(seed).to_address().to_string(),
    sign: (seed, value) => wasm.Signature.signValue(wasm.PrivateKey.fromBytesLe(seed), value).to_string(),
    verifies: (signature, address, value) =>
      wasm.Signature.from_string(signature).verifyValue(wasm.Address.from_string(address), value),
    programId: (text) => wasm.Program.fromString(text).id(),
  };
}

function load(): Wasm {
  const folder = path.join(repository, "test/snarkvm/package.json");
  try {
    // Its module for Node's `import` fetches a file: URL, which Node does not.
    return createRequire(folder)("@provablehq/wasm/mainnet.js") as Wasm;
  } catch (error) {
    throw new Error("snarkVM is not installed: run `npm test` where npm can install it, or see what it said", {
      cause: error,
    });
  }
}

function succeeds(act: () => unknown): boolean {
  try {
    act();
    return true;
  } catch {
    return false;
  }
}
