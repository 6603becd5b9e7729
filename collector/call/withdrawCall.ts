import { concat, Interface } from "ethers";
import { tokenServiceAbi } from "../../shared/evm/index.ts";
import type { Packet } from "../../shared/packet/index.ts";
import type { RegisteredRoute } from "../config.ts";

/** The transaction that carries a packet out on an EVM chain. Anyone may send it. */
export interface WithdrawCall {
  /** The bridge's id of the destination chain. */
  readonly chainId: bigint;
  /** The destination's token service. */
  readonly to: string;
  readonly function: "withdraw";
  /** Call data: selector and arguments, in hex. */
  readonly data: string;
}

const tokenService = new Interface(tokenServiceAbi);

/** @param signatures in strictly ascending order of their signers' addresses. */
export function withdrawCall(route: RegisteredRoute, packet: Packet, signatures: readonly string[]): WithdrawCall {
  return {
    chainId: route.destination.chainId,
    to: route.destination.tokenService,
    function: "withdraw",
    data: tokenService.encodeFunctionData("withdraw", [incomingPacket(packet), concat(signatures)]),
  };
}

/** The contract's InPacket: what is foreign to its chain is text, the rest are 20-byte addresses. */
function incomingPacket(packet: Packet) {
  return {
    version: packet.version,
    sequence: packet.sequence,
    sourceTokenService: { chainId: packet.source.chainId, addr: packet.source.address },
    destTokenService: { chainId: packet.destination.chainId, addr: packet.destination.address },
    message: packet.message,
    height: packet.height,
  };
}
