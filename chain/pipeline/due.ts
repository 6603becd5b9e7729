import type { BlockRef } from "../source/index.ts";
import { type RouteContext, reportRoute } from "./routeContext.ts";
import { isInstant } from "./wait.ts";

const packetsPerRound = 500;
/** How far a final block's time may be ahead of ours, in milliseconds. More, and one of the two clocks is wrong. */
const toleratedLead = 120_000;

/**
 * Takes final packets that have waited long enough to `due`. Waited is the time from the packet's block to the earlier of
 * the newest final block's time and our clock: neither a chain that runs ahead nor a clock that does can shorten it.
 *
 * @returns true if there are more.
 */
export function markDue(context: RouteContext, final: BlockRef): boolean {
  const { route, key, store, clock } = context;
  const finalTime = final.timestamp * 1_000;
  const ahead = finalTime - clock.now();
  const inOrder = ahead <= toleratedLead;
  reportRoute(
    context,
    "clock",
    inOrder ? undefined : `the chain's final block is ${Math.round(ahead / 1_000)} s ahead of this machine's clock`,
  );
  if (!inOrder) return false;
  const blockTimeFor = (waitMs: number) => Math.floor((Math.min(finalTime, clock.now()) - waitMs) / 1_000);
  const packets = store.work.finalSince(key, blockTimeFor(route.waitMs), packetsPerRound);
  store.atomically(() => {
    for (const packet of packets) store.packets.move(packet, "due", clock.now());
  });
  return markInstantDue(context, blockTimeFor) || packets.length === packetsPerRound;
}

/** The rule is looked at again: a packet that it covered when it became final waits in full once it is stricter. */
function markInstantDue({ route, key, store, clock }: RouteContext, blockTimeFor: (waitMs: number) => number): boolean {
  const waitMs = route.instant?.waitMs ?? route.waitMs;
  const packets = store.work.instantSince(key, blockTimeFor(waitMs), packetsPerRound);
  store.atomically(() => {
    for (const packet of packets) {
      const { content } = packet.sighting;
      if ("packet" in content && isInstant(route, content.packet)) store.packets.move(packet, "due", clock.now());
      else store.packets.waitInFull(packet.id);
    }
  });
  return packets.length === packetsPerRound;
}
