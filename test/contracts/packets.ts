import { solidityPackedKeccak256 } from "ethers";

/** The struct that `consume` and `withdraw` take. */
export interface InPacket {
  readonly version: bigint;
  readonly sequence: bigint;
  readonly sourceTokenService: { readonly chainId: bigint; readonly addr: string };
  readonly destTokenService: { readonly chainId: bigint; readonly addr: string };
  readonly message: {
    readonly senderAddress: string;
    readonly destTokenAddress: string;
    readonly amount: bigint;
    readonly receiverAddress: string;
  };
  readonly height: bigint;
}

/** The struct that `sendMessage` takes and PacketDispatched carries: the same names, the other half of them text. */
export type OutPacket = InPacket;

const someone = "0xBd31ba048373A07bE0357B7Ad3182F4206c8064d";
const someToken = "0xc9788ef51c8deB28F3F205b0B2F124F6884541A4";
const someService = "0x2D9B1dF35e4fAc995377aD7f7a84070CD36400Ff";

/** A packet from chain 2 to chain 1. */
export function inPacket(sequence: bigint, changes: Partial<InPacket> = {}): InPacket {
  return {
    version: 1n,
    sequence,
    sourceTokenService: { chainId: 2n, addr: "source service" },
    destTokenService: { chainId: 1n, addr: someService },
    message: { senderAddress: "a sender", destTokenAddress: someToken, amount: 10n, receiverAddress: someone },
    height: 100n,
    ...changes,
  };
}

/** A packet from chain 1 to chain 2, with the version and sequence that a bridge must overwrite. */
export function outPacket(changes: Partial<OutPacket> = {}): OutPacket {
  return {
    version: 7n,
    sequence: 77n,
    sourceTokenService: { chainId: 1n, addr: someService },
    destTokenService: { chainId: 2n, addr: "dest service" },
    message: { senderAddress: someone, destTokenAddress: "dest token", amount: 10n, receiverAddress: "a receiver" },
    height: 100n,
    ...changes,
  };
}

/** The documented hash of an incoming packet, computed without the contract. */
export function inPacketHash(packet: InPacket): string {
  return packedHash(packet, ["string", "address", "string", "address", "address"]);
}

/** The documented hash of an outgoing packet, computed without the contract. */
export function outPacketHash(packet: OutPacket): string {
  return packedHash(packet, ["address", "string", "address", "string", "string"]);
}

type Spelling = "string" | "address";

function packedHash(packet: InPacket, types: readonly [Spelling, Spelling, Spelling, Spelling, Spelling]): string {
  const { version, sequence, sourceTokenService, destTokenService, message, height } = packet;
  const [source, dest, sender, token, receiver] = types;
  return solidityPackedKeccak256(
    ["uint256", "uint256", "uint256", source, "uint256", dest, sender, token, "uint256", receiver, "uint256"],
    [
      version,
      sequence,
      sourceTokenService.chainId,
      sourceTokenService.addr,
      destTokenService.chainId,
      destTokenService.addr,
      message.senderAddress,
      message.destTokenAddress,
      message.amount,
      message.receiverAddress,
      height,
    ],
  );
}
