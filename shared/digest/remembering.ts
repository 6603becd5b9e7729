import type { Packet } from "../packet/index.ts";
import type { DigestScheme, PacketDigest, VerdictResult } from "./scheme.ts";

/**
 * The same scheme, which hashes a packet once for all the parts of a process that look at its digest. A packet never changes
 * (its type is read-only), so neither does its digest; nothing is kept longer than the packet itself.
 */
export function remembering(scheme: DigestScheme): DigestScheme {
  const known = new WeakMap<Packet, Partial<Record<VerdictResult, PacketDigest>>>();
  return {
    ...scheme,
    digestOf(packet, verdict) {
      const digests = known.get(packet) ?? {};
      known.set(packet, digests);
      const digest = digests[verdict] ?? scheme.digestOf(packet, verdict);
      digests[verdict] = digest;
      return digest;
    },
  };
}
