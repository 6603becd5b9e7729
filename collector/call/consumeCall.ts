import { hexToBytes } from "@noble/hashes/utils.js";
import type { AleoNetwork, AleoProgram } from "../../shared/aleo/index.ts";
import type { VerdictResult } from "../../shared/digest/index.ts";
import { AttestorError } from "../../shared/errors/index.ts";
import type { Packet } from "../../shared/packet/index.ts";
import type { RegisteredRoute } from "../config.ts";
import type { Statement } from "../store/index.ts";
import { array, byteArray, bytesOfAddress, consumedVersion, signatureSlots, slotsOf } from "./aleoValues.ts";

/** What carries a packet out on Aleo. Anyone may send it, by calling a function of the token service that takes it. */
export interface ConsumeCall {
  /** The bridge's id of the destination chain. */
  readonly chainId: bigint;
  readonly network: AleoNetwork;
  /** The bridge's program, whose `consume` the token service calls. */
  readonly program: string;
  /** Address of the token service's program. */
  readonly to: string;
  readonly function: "consume";
  /** The function's inputs in order, as Aleo writes values. */
  readonly inputs: readonly string[];
}

/**
 * @param signed at least one statement, each with a signature that has just been verified: one malformed signature, in
 * whatever slot, makes the program refuse the whole transaction.
 * @returns null for a packet that the program can never consume.
 */
export function consumeCall(
  route: RegisteredRoute,
  { network, program }: AleoProgram,
  packet: Packet,
  verdict: VerdictResult,
  signed: readonly Pick<Statement, "signature" | "signer">[],
): ConsumeCall | null {
  if (packet.version !== consumedVersion) return null;
  const { source, sequence, message, height } = packet;
  const inputs = [
    `${source.chainId}u128`,
    foreignAddress(source.address),
    `${sequence}u64`,
    foreignAddress(message.senderAddress),
    message.destTokenAddress,
    `${message.amount}u128`,
    message.receiverAddress,
    `${height}u64`,
    `${verdict === "white"}`,
    ...slots(signed),
  ];
  const { chainId, tokenService: to } = route.destination;
  return { chainId, network, program, to, function: "consume", inputs };
}

/**
 * Signatures and, slot by slot, their signers. What is left over holds the address of nobody, which is not registered, and
 * a copy of the first signature, which is well formed: it counts for nothing and spoils nothing.
 */
function slots(signed: readonly Pick<Statement, "signature" | "signer">[]): [string, string] {
  const [first] = signed;
  if (!first) throw new AttestorError("internal", { reason: "a call without signatures was asked for" });
  const used = signed.slice(0, signatureSlots);
  const signatures = slotsOf(used, first).map(({ signature }) => byteArray(hexToBytes(signature.slice(2))));
  const signers = slotsOf(used, undefined).map((slot) =>
    byteArray(slot ? bytesOfAddress(slot.signer) : new Uint8Array(20)),
  );
  return [array(signatures), array(signers)];
}

/** An EVM address as the program holds one of another chain: 32 bytes, the first 12 of them zero. */
function foreignAddress(address: string): string {
  return byteArray(Uint8Array.of(...new Uint8Array(12), ...bytesOfAddress(address)));
}
