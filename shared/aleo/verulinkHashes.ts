import type { Packet } from "../packet/index.ts";
import { bhp256 } from "./bhp256.ts";
import { plaintextBits } from "./plaintextBits.ts";
import { inPacket, screenedPacket } from "./verulinkPacket.ts";

export interface VerulinkHashes {
  /** Names the packet alone. */
  readonly packetHash: bigint;
  /** Names packet and verdict. */
  readonly attestedHash: bigint;
}

/**
 * What Verulink's Aleo program computes when it consumes a packet: BHP256 of the packet, and of that hash with the verdict.
 *
 * @throws AttestorError `invalid_field` if a field cannot be what the program would hold.
 */
export function verulinkHashes(packet: Packet, screeningPassed: boolean): VerulinkHashes {
  const packetHash = bhp256(plaintextBits(inPacket(packet)));
  return { packetHash, attestedHash: bhp256(plaintextBits(screenedPacket(packetHash, screeningPassed))) };
}
