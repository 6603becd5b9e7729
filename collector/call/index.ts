import { type HashText, parseSchemeName } from "../../shared/digest/index.ts";
import { attestationSigner } from "../../shared/signature/index.ts";
import type { RegisteredRoute } from "../config.ts";
import { type Tally, winningVotes } from "../tally.ts";
import { type ConsumeCall, consumeCall } from "./consumeCall.ts";
import { type TokenReceiveCall, tokenReceiveCall } from "./tokenReceiveCall.ts";
import { type WithdrawCall, withdrawCall } from "./withdrawCall.ts";

export { signatureSlots } from "./aleoValues.ts";
export type { ConsumeCall } from "./consumeCall.ts";
export type { TokenReceiveCall } from "./tokenReceiveCall.ts";
export type { WithdrawCall } from "./withdrawCall.ts";

/**
 * The ready call for a packet that reached quorum, or null. It holds the signatures of the winning vote only: a contract
 * counts the others against it, and any that it does not know makes it refuse all. Each is verified once more, so that
 * what a damaged store holds spoils no transaction.
 */
export function readyCall(route: RegisteredRoute, tally: Tally): WithdrawCall | ConsumeCall | TokenReceiveCall | null {
  const { packet, verdict } = tally;
  const scheme = parseSchemeName(route.scheme);
  if (tally.status !== "quorum" || verdict === undefined || scheme === undefined) return null;
  const digest: HashText = packet.digests[verdict];
  const signed = winningVotes(tally)
    .map(({ statement }) => statement)
    .filter(({ signature, signer }) => attestationSigner(signature, digest) === signer);
  if (signed.length < route.quorum) return null;
  if (scheme.kind === "verulink-aleo-schnorr") return tokenReceiveCall(route, packet.packet, signed);
  if (scheme.kind === "verulink-aleo-ecdsa") return consumeCall(route, scheme, packet.packet, verdict, signed);
  const signatures = signed.map(({ signature }) => signature);
  return withdrawCall(route, packet.packet, signatures);
}
