import { concat, Interface } from "ethers";
import type { SchemeName } from "../shared/digest/index.ts";
import { tokenServiceAbi } from "../shared/evm/index.ts";
import type { Packet } from "../shared/packet/index.ts";
import type { RegisteredRoute } from "./config.ts";
import { type Tally, winningVotes } from "./tally.ts";

/** The transaction that carries a packet out on its destination chain. Anyone may send it. */
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

/** By scheme, because it is the destination's contract that fixes both the digest and the call. */
const encoders: Readonly<Record<SchemeName, (packet: Packet, signatures: readonly string[]) => string>> = {
  "verulink-evm": (packet, signatures) =>
    tokenService.encodeFunctionData("withdraw", [incomingPacket(packet), concat(signatures)]),
};

/**
 * The ready call for a packet that reached quorum, or null. It holds the signatures of the winning vote only: a contract
 * counts the others against it, and any that it does not know makes it refuse all.
 */
export function withdrawCall(route: RegisteredRoute, tally: Tally): WithdrawCall | null {
  if (tally.status !== "quorum") return null;
  const { packet } = tally.packet;
  const signatures = winningVotes(tally).map(({ statement }) => statement.signature);
  return {
    chainId: route.destination.chainId,
    to: route.destination.tokenService,
    function: "withdraw",
    data: encoders[route.scheme](packet, signatures),
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
