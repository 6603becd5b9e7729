import { isEcdsaScheme, type SchemeName } from "../digest/index.ts";
import { addressOfPublicKey, publicKeyFromHex } from "../ecdsa/index.ts";
import { type ChainFamily, canonicalEvmAddress, isAleoAddress, misspelling } from "../packet/index.ts";

/**
 * The kind of address that an attestor of a scheme has, which is what {@link attestationSigner} finds: a secp256k1 key is
 * known by its EVM address, by programs on Aleo as well.
 */
export function attestorFamily(scheme: SchemeName): ChainFamily {
  return isEcdsaScheme(scheme) ? "evm" : "aleo";
}

/** An attestor's address, of whichever scheme, in its one spelling; undefined if it is none. */
export function canonicalAttestor(text: string): string | undefined {
  return isAleoAddress(text) ? text : canonicalEvmAddress(text);
}

/**
 * The address that bridges know a key by.
 *
 * @param publicKey as configurations have it: a point of secp256k1 in hex, or an Aleo account's address, which is its key.
 * @returns undefined if it is neither.
 */
export function addressOfKey(publicKey: string): string | undefined {
  if (isAleoAddress(publicKey)) return publicKey;
  const point = publicKeyFromHex(publicKey);
  return point && addressOfPublicKey(point);
}

/**
 * @param scheme where it is known; without it an address of any scheme is right.
 * @returns why `text` is no attestor's address, with what to write instead; undefined if it is one.
 */
export function attestorMisspelling(text: string, scheme?: SchemeName): string | undefined {
  const family = text.startsWith("aleo1") ? "aleo" : "evm";
  const expected = scheme === undefined ? family : attestorFamily(scheme);
  const canonical = canonicalAttestor(text);
  if (scheme !== undefined && family !== expected && canonical !== undefined) {
    return `is an ${names[family]} address, and attestors of ${scheme} have ${names[expected]} addresses: write ${advice[expected]}`;
  }
  const why = misspelling(expected, text);
  return why !== undefined && canonical !== undefined ? `${why}; write ${canonical}` : why;
}

const names: Readonly<Record<ChainFamily, string>> = { evm: "EVM", aleo: "Aleo" };

const advice: Readonly<Record<ChainFamily, string>> = {
  evm: "the address (0x…) that `attestor hsm list` prints for the key",
  aleo: "the account's address (aleo1…), the key's publicKey in signer.yaml",
};
