import { add } from "../curve.ts";
import { type AleoAddressText, formatAddress } from "../text.ts";
import { viewPart } from "./account.ts";
import type { Message } from "./message.ts";
import { multiply, multiplyGenerator, subgroupPoint, xOf } from "./points.ts";
import { poseidonScalar } from "./poseidon.ts";
import { parseSchnorrSignature } from "./signatureText.ts";

/**
 * The address of the account that signed a message, as Aleo's `sign.verify` decides it: a signature names its account's public
 * keys, and they make the address. Undefined if the text is not a signature over the message.
 */
export function signerOfMessage(signature: string, message: Message): AleoAddressText | undefined {
  const parts = parseSchnorrSignature(signature);
  if (parts === undefined) return undefined;
  const { challenge, response, publicKeyX, randomizerX } = parts;
  const [publicKey, randomizer] = [subgroupPoint(publicKeyX), subgroupPoint(randomizerX)];
  if (publicKey === undefined || randomizer === undefined) return undefined;
  const addressX = xOf(add(add(publicKey, randomizer), multiplyGenerator(viewPart(publicKeyX, randomizerX))));
  const commitment = add(multiplyGenerator(response), multiply(publicKey, challenge));
  const expected = poseidonScalar(8, [xOf(commitment), publicKeyX, randomizerX, addressX, ...message]);
  return expected === challenge ? formatAddress(addressX) : undefined;
}

/** Whether a text is that address's signature over the message. */
export function verifiesMessage(signature: string, address: string, message: Message): boolean {
  return signerOfMessage(signature, message) === address;
}
