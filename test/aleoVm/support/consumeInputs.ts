import { consumeCall } from "../../../collector/call/consumeCall.ts";
import type { RegisteredRoute } from "../../../collector/config.ts";
import { aleoEcdsaSchemeName, type Hex } from "../../../shared/digest/index.ts";
import type { Packet } from "../../../shared/packet/index.ts";

/** What stands in a slot of consume: 65 bytes in hex and the address that is said to have signed. */
export interface Slot {
  readonly signature: Hex;
  readonly signer: string;
}

/**
 * The inputs of the program's function consume, as the collector makes them ready; but it would have verified each slot first,
 * which these tests leave out to see what the VM says.
 */
export function consumeInputs(packet: Packet, screeningPassed: boolean, slots: readonly Slot[]): readonly string[] {
  const where = { network: "testnet", program: "bridge.aleo" } as const;
  const route: RegisteredRoute = {
    deployment: "demo",
    source: { family: "evm", chainId: packet.source.chainId, tokenService: packet.source.address },
    destination: {
      family: "aleo",
      chainId: packet.destination.chainId,
      tokenService: packet.destination.address,
      bridge: where.program,
    },
    scheme: aleoEcdsaSchemeName(where),
    attestors: [],
    quorum: 1,
    successors: [],
  };
  const call = consumeCall(route, where, packet, screeningPassed ? "white" : "flagged", slots);
  if (call === null) throw new RangeError("the collector makes no call for such a packet");
  return call.inputs;
}
