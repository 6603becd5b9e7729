import type { PacketTarget } from "../chain.ts";
import { checkProgram } from "./program.ts";
import type { QuorumRest } from "./quorumRest.ts";

const mapping = "in_packet_consumed";

/**
 * The receiving side of a bridge program on Aleo. It records that a packet of a number was consumed, and neither which one nor
 * with which vote.
 */
export function createAleoTarget(
  { chain, rest }: { readonly chain: string; readonly rest: QuorumRest },
  program: string,
  sourceChainId: bigint,
): PacketTarget {
  return {
    check: (height) =>
      checkProgram({ chain, rest }, program, [{ name: mapping, key: "PacketId", value: "boolean" }], height),
    async consumed(sequence, height) {
      const key = `{chain_id:${sourceChainId}u128,sequence:${sequence}u64}`;
      // Who is a block ahead may have it already; without a quorum for either it is asked again.
      const isConsumed = await rest.decide(
        { name: mapping, parameters: [program, key], height, mayDiffer: true },
        async (endpoint) => {
          const { value } = await endpoint.mappingValue({ program, mapping, key }, height);
          if (value === undefined) return false;
          if (value.kind === "literal" && value.type === "boolean") return value.value;
          throw endpoint.unusable(`program: ${mapping} does not hold a boolean`);
        },
      );
      return isConsumed ? { packetHash: undefined } : undefined;
    },
    consumedVote: async () => undefined,
  };
}
