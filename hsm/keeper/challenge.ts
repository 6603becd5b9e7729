import { utf8ToBytes } from "@noble/hashes/utils.js";
import type { Hex } from "../../shared/digest/index.ts";
import { type AnyKeyPlan, isSealedPlan } from "./keyPlan.ts";
import { possessionDigest } from "./possession.ts";

/** The digest by which the key of a plan answers a challenge. */
export function challengeOf(plan: AnyKeyPlan, nonce: Uint8Array): Hex {
  return possessionDigest(isSealedPlan(plan) ? utf8ToBytes(plan.spec.publicKey) : plan.publicKey, nonce);
}
