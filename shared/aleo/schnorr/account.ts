import { add } from "../curve.ts";
import { isFieldElement } from "../field.ts";
import { type AleoAddressText, formatAddress } from "../text.ts";
import { multiplyGenerator, xOf } from "./points.ts";
import { domainElement, poseidonScalar } from "./poseidon.ts";

/** How many bytes a seed has. */
export const seedBytes = 32;

/** The keys of an Aleo account that sign, in this process's memory. */
export interface AleoAccount {
  readonly address: AleoAddressText;
  readonly addressX: bigint;
  readonly publicKeyX: bigint;
  readonly randomizerX: bigint;
  /** A secret: whoever has it signs for the address. */
  readonly signatureKey: bigint;
}

/**
 * The account of a seed, which Aleo's `APrivateKey1…` is the text of.
 *
 * Nothing here runs in constant time, and JavaScript can wipe no BigInt: whoever can read this process's memory or time it
 * closely can learn the key. That is what `sealed-software` says of it.
 *
 * @param seed 32 bytes, the lowest first, a number below the field's modulus. Left to the caller to wipe.
 * @throws RangeError for any other seed.
 */
export function accountOfSeed(seed: Uint8Array): AleoAccount {
  const number = seed.reduceRight((value, byte) => (value << 8n) | BigInt(byte), 0n);
  if (seed.length !== seedBytes || !isFieldElement(number))
    throw new RangeError("a seed is 32 bytes of a field element");
  const signatureKey = poseidonScalar(2, [domainElement("AleoAccountSignatureSecretKey0"), number]);
  const randomizer = poseidonScalar(2, [domainElement("AleoAccountSignatureRandomizer0.0"), number]);
  const [publicKey, publicRandomizer] = [multiplyGenerator(signatureKey), multiplyGenerator(randomizer)];
  const [publicKeyX, randomizerX] = [xOf(publicKey), xOf(publicRandomizer)];
  const addressX = xOf(add(add(publicKey, publicRandomizer), multiplyGenerator(viewPart(publicKeyX, randomizerX))));
  return { address: formatAddress(addressX), addressX, publicKeyX, randomizerX, signatureKey };
}

/** The third part of an address, which follows from the other two. */
export function viewPart(publicKeyX: bigint, randomizerX: bigint): bigint {
  return poseidonScalar(4, [publicKeyX, randomizerX]);
}
