import { add } from "../curve.ts";
import { addressNumber } from "../text.ts";
import { viewPart } from "./account.ts";
import type { Message } from "./message.ts";
import { multiply, multiplyGenerator, subgroupPoint, xOf } from "./points.ts";
import { poseidonScalar } from "./poseidon.ts";
import { parseSchnorrSignature } from "./signatureText.ts";

/** Whether a text is that address's signature over the message, as Aleo's `sign.verify` decides it. */
export function verifiesMessage(signature: string, address: string, message: Message): boolean {
  const [parts, addressX] = [parseSchnorrSignature(signature), addressNumber(address)];
  if (parts === undefined || addressX === undefined) return false;
  const { challenge, response, publicKeyX, randomizerX } = parts;
  const [publicKey, randomizer] = [subgroupPoint(publicKeyX), subgroupPoint(randomizerX)];
  if (publicKey === undefined || randomizer === undefined) return false;
  const addressPoint = add(add(publicKey, randomizer), multiplyGenerator(viewPart(publicKeyX, randomizerX)));
  if (xOf(addressPoint) !== addressX) return false;
  const commitment = add(multiplyGenerator(response), multiply(publicKey, challenge));
  return poseidonScalar(8, [xOf(commitment), publicKeyX, randomizerX, addressX, ...message]) === challenge;
}
