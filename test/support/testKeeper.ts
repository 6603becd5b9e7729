import { SigningKey } from "ethers";
import {
  type AnyKeySpec,
  checkpointDigest,
  type Keeper,
  type KeeperStatus,
  type SignedDigest,
} from "../../hsm/index.ts";
import { digestScheme, type Hex, isEcdsaScheme } from "../../shared/digest/index.ts";
import { addressOfPublicKey, publicKeyFromHex } from "../../shared/ecdsa/index.ts";
import type { SigningKey as ProvedKey } from "../../signer/attest.ts";

/** A keeper whose faults a test can choose, with keys in memory: what the real one can't be brought to do on demand. */
export interface TestKeeper extends Keeper {
  /** Digests that it was asked to sign, in order. */
  readonly digests: readonly Hex[];
  /** Every following call does this instead of signing, until it is given `undefined`. */
  misbehave(instead: ((signed: SignedDigest) => SignedDigest | Promise<SignedDigest>) | undefined): void;
  setStatus(status: KeeperStatus): void;
}

/** A secp256k1 key for {@link testKeeper}; the same for the same number. */
export function testKey(number: number): { readonly privateKey: Hex; readonly publicKey: Hex } {
  const privateKey: Hex = `0x${number.toString(16).padStart(64, "0")}`;
  return { privateKey, publicKey: new SigningKey(privateKey).publicKey as Hex };
}

/** A key as a keeper takes it, or as the signer holds it. */
type TestKeySpec = AnyKeySpec | ProvedKey;

/** @param numbers of {@link testKey}, by key name. */
export function testKeeper(specs: readonly TestKeySpec[], numbers: Readonly<Record<string, number>>): TestKeeper {
  const digests: Hex[] = [];
  let status: KeeperStatus = { up: true, restarts: 0 };
  let misbehaviour: ((signed: SignedDigest) => SignedDigest | Promise<SignedDigest>) | undefined;
  const specOf = (name: string) => {
    const spec = specs.find((each) => each.name === name);
    if (!spec) throw new Error(`no key ${name}`);
    return spec;
  };
  const signatureOf = (key: string, digest: Hex) =>
    new SigningKey(testKey(numbers[key] ?? 0).privateKey).sign(digest).serialized as Hex;
  return {
    digests,
    misbehave: (instead) => {
      misbehaviour = instead;
    },
    setStatus: (next) => {
      status = next;
    },
    keys: () =>
      specs.map(({ name, publicKey }) => ({
        name,
        publicKey,
        address: addressOfPublicKey(publicKeyFromHex(publicKey) ?? new Uint8Array(65)),
        custody: "hsm",
        attributes: {},
        ledgers: [],
        bindable: true,
      })),
    async attest({ key, packet, verdict }) {
      const spec = specOf(key);
      if (!("scheme" in spec) || !isEcdsaScheme(spec.scheme)) throw new Error(`${key} attests nothing`);
      const hashes = digestScheme(spec.scheme).digestOf(packet, verdict);
      digests.push(hashes.digest);
      const signed = { ...hashes, signature: signatureOf(key, hashes.digest) };
      return misbehaviour ? misbehaviour(signed) : signed;
    },
    async checkpoint({ key, ...checkpoint }) {
      return signatureOf(key, checkpointDigest(checkpoint));
    },
    async ceremony({ key }) {
      throw new Error(`${key} is in no ceremony`);
    },
    async prove(key) {
      specOf(key);
    },
    status: () => status,
    async close() {},
  };
}
