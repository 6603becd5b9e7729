import { attestorAddress, byteArray, remoteAddress } from "../../../contracts/aleo/values.ts";
import type { Packet } from "../../../shared/packet/index.ts";

/** What stands in a slot of consume: 65 bytes in hex and the address that is said to have signed. */
export interface Slot {
  readonly signature: string;
  readonly signer: string;
}

const slotCount = 5;
const nobody = `0x${"00".repeat(20)}`;

/**
 * The inputs of the program's function consume. Unused slots hold the zero address and a copy of the first signature, because
 * a malformed one ends the whole transaction.
 */
export function consumeInputs(packet: Packet, screeningPassed: boolean, slots: readonly Slot[]): string[] {
  const [first] = slots;
  if (first === undefined) throw new RangeError("at least one slot must be filled");
  const filled = Array.from({ length: slotCount }, (_, index) => slots[index] ?? { ...first, signer: nobody });
  return [
    `${packet.source.chainId}u128`,
    remoteAddress(packet.source.address),
    `${packet.sequence}u64`,
    remoteAddress(packet.message.senderAddress),
    packet.message.destTokenAddress,
    `${packet.message.amount}u128`,
    packet.message.receiverAddress,
    `${packet.height}u64`,
    `${screeningPassed}`,
    `[${filled.map(({ signature }) => byteArray(Buffer.from(signature.slice(2), "hex"))).join(",")}]`,
    `[${filled.map(({ signer }) => attestorAddress(signer)).join(",")}]`,
  ];
}
