import { createHash, randomBytes } from "node:crypto";
import { subgroupOrder } from "../curve.ts";
import { fieldBytes } from "../text.ts";
import type { AleoAccount } from "./account.ts";
import type { Message } from "./message.ts";
import { multiplyGenerator, xOf } from "./points.ts";
import { poseidonScalar } from "./poseidon.ts";
import { formatSchnorrSignature, type SchnorrText } from "./signatureText.ts";

/** Signs as Aleo accounts do. Two signatures over one message differ. See {@link AleoAccount} for what it leaks. */
export function signMessage(account: AleoAccount, message: Message, random: Uint8Array = randomBytes(32)): SchnorrText {
  const { publicKeyX, randomizerX, addressX, signatureKey } = account;
  const nonce = nonceOf(account, message, random);
  const challenge = poseidonScalar(8, [
    ...[xOf(multiplyGenerator(nonce)), publicKeyX, randomizerX, addressX],
    ...message,
  ]);
  const rest = (nonce - challenge * signatureKey) % subgroupOrder;
  const response = rest < 0n ? rest + subgroupOrder : rest;
  return formatSchnorrSignature({ challenge, response, publicKeyX, randomizerX });
}

/**
 * The nonce comes from key, message and randomness together: a random generator that repeats itself, as in a virtual machine
 * that was copied, would otherwise give the key away with the second message. Of 512 bits, so that none is likelier by more
 * than 2^-260.
 */
function nonceOf({ signatureKey }: AleoAccount, message: Message, random: Uint8Array): bigint {
  const hash = createHash("sha512")
    .update("hsm-attestor/schnorr-nonce/v1:")
    .update(random)
    .update(fieldBytes(signatureKey));
  for (const element of message) hash.update(fieldBytes(element));
  return BigInt(`0x${hash.digest("hex")}`) % subgroupOrder;
}
