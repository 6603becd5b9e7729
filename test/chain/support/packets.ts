import type { Attestation } from "../../../shared/wire/index.ts";
import { makeFinal } from "./bridge.ts";
import type { ShownPacket } from "./chainWorld.ts";
import { until } from "./until.ts";
import type { useWorld } from "./useWorld.ts";

/** What tests do with the packets of a scene. */
export function packetsOf(scene: ReturnType<typeof useWorld>) {
  return {
    /** Sends a packet and makes its block final. */
    async finalPacket(transfer?: Parameters<typeof scene.bridge.transfer>[0]): Promise<bigint> {
      const { sequence } = await scene.bridge.transfer(transfer);
      await makeFinal(scene.bridge.source);
      return sequence;
    },
    /** The attestation of a packet as the collector got it, with what it computes itself. */
    attestationOf(shown: ShownPacket): Attestation {
      const submitted = scene.world.collector.requests.find(({ packet }) => `${packet.sequence}` === shown.sequence);
      if (!submitted) throw new Error(`packet ${shown.sequence} was not delivered`);
      return { ...scene.world.signer.attest(submitted), ...submitted };
    },
    waitsWith: (sequence: bigint, code: string) =>
      until(`packet ${sequence} to wait with ${code}`, async () => {
        const shown = await scene.world.packet(sequence);
        return shown?.reason?.code === code ? shown : undefined;
      }),
  };
}
