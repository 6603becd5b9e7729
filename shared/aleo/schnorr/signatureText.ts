import { decodeBech32m, encodeBech32m } from "../bech32m.ts";
import { subgroupOrder } from "../curve.ts";
import { isFieldElement } from "../field.ts";

/** An Aleo signature as text: 216 characters, `sign1…` (bech32m of 128 bytes). */
export type SchnorrText = `sign1${string}`;

/** A Schnorr signature, with the x-coordinates of the two public keys that the signer's address is made of. */
export interface SchnorrSignature {
  /** Below 2^250. */
  readonly challenge: bigint;
  /** Below the group's order. */
  readonly response: bigint;
  readonly publicKeyX: bigint;
  readonly randomizerX: bigint;
}

const [prefix, partBytes] = ["sign", 32] as const;

/**
 * Reads a signature in its one spelling. Whether its keys are points of the group, and whether it is anybody's signature, is
 * not looked at.
 *
 * @returns undefined for any other text.
 */
export function parseSchnorrSignature(text: string): SchnorrSignature | undefined {
  const bytes = decodeBech32m(text, prefix, 4 * partBytes);
  if (bytes === undefined) return undefined;
  const part = (index: number) =>
    bytes
      .subarray(index * partBytes, (index + 1) * partBytes)
      .reduceRight((value, byte) => (value << 8n) | BigInt(byte), 0n);
  const [challenge, response, publicKeyX, randomizerX] = [part(0), part(1), part(2), part(3)];
  if (challenge >= subgroupOrder || response >= subgroupOrder) return undefined;
  if (!isFieldElement(publicKeyX) || !isFieldElement(randomizerX)) return undefined;
  return { challenge, response, publicKeyX, randomizerX };
}

/** Whether a text is spelled like a signature. */
export function isSchnorrText(text: string): text is SchnorrText {
  return parseSchnorrSignature(text) !== undefined;
}

export function formatSchnorrSignature(signature: SchnorrSignature): SchnorrText {
  const { challenge, response, publicKeyX, randomizerX } = signature;
  const bytes = new Uint8Array(4 * partBytes);
  for (const [index, part] of [challenge, response, publicKeyX, randomizerX].entries()) {
    for (let byte = 0; byte < partBytes; byte++) {
      bytes[index * partBytes + byte] = Number(BigInt.asUintN(8, part >> BigInt(8 * byte)));
    }
  }
  return encodeBech32m(prefix, bytes) as SchnorrText;
}
