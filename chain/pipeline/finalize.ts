import type { BlockRef } from "../source/index.ts";
import type { StoredPacket } from "../store/index.ts";
import { finalBlock, packetName, type RouteContext } from "./routeContext.ts";
import { isInstant } from "./wait.ts";

const packetsPerRound = 200;

/**
 * Takes observed packets whose height is final now to `final`, if their block is the one that became final; to
 * `orphaned` if another did. A packet that can't be signed, whatever happens, ends here as `refused`.
 *
 * @returns true if there are more.
 */
export async function finalize(context: RouteContext, final: BlockRef): Promise<boolean> {
  const { store, key } = context;
  const packets = store.work.observedUpTo(key, final.height, packetsPerRound);
  const canonical = new Map<number, string>();
  for (const packet of packets) {
    const { height } = packet.sighting.block;
    const hash = canonical.get(height) ?? (await finalBlock(context, height)).hash;
    canonical.set(height, hash);
  }
  store.atomically(() => {
    for (const packet of packets) settle(context, packet, canonical.get(packet.sighting.block.height));
  });
  return packets.length === packetsPerRound;
}

function settle(context: RouteContext, packet: StoredPacket, canonicalHash: string | undefined): void {
  const { store, clock, logger } = context;
  const { block, content } = packet.sighting;
  const name = packetName(context, packet);
  if (block.hash !== canonicalHash) {
    const reason = { code: "orphaned", text: `block ${block.height} with its event did not become final` };
    store.packets.move(packet, "orphaned", clock.now(), { reason });
    logger.warn({ packet: name }, "orphaned a packet");
    return;
  }
  if ("defect" in content) {
    const reason = { code: "packet_unusable", text: content.defect };
    store.packets.move(packet, "refused", clock.now(), { reason });
    logger.warn({ packet: name, reason: content.defect }, "refused a packet that no attestor can sign");
    return;
  }
  store.packets.move(packet, "final", clock.now(), { instant: isInstant(context.route, content.packet) });
}
