import type { Verdict } from "../../shared/wire/index.ts";
import { concurrently } from "../concurrently.ts";
import type { Screening } from "../screening/index.ts";
import type { StoredPacket } from "../store/index.ts";
import { packetName, type RouteContext, tryLater } from "./routeContext.ts";

const packetsPerRound = 200;
/** A screening service has its limits, and one slow answer must not hold up every packet. */
const packetsAtOnce = 4;

/**
 * Gives due packets their verdict and takes them to `screened`. A verdict that a packet has already stays as it is; a
 * screening that can't tell leaves the packet waiting, never white.
 */
export async function screen(context: RouteContext, screening: Screening): Promise<void> {
  const { store, key, clock } = context;
  const packets = store.work.ready(key, ["due"], clock.now(), packetsPerRound);
  const decisions: (() => void)[] = [];
  try {
    await concurrently(packets, packetsAtOnce, async (packet) => {
      decisions.push(await decide(context, screening, packet));
    });
  } finally {
    store.atomically(() => {
      for (const record of decisions) record();
    });
  }
}

/** @returns what is to be recorded. */
async function decide(context: RouteContext, screening: Screening, packet: StoredPacket): Promise<() => void> {
  const { route, store, clock, logger } = context;
  if (packet.verdict) return () => store.packets.move(packet, "screened", clock.now());
  if (!("packet" in packet.sighting.content)) return () => {}; // the store's constraints keep such a packet from being due
  const { message } = packet.sighting.content.packet;
  const answer = await screening.screen([
    { family: route.source.chain.family, text: message.senderAddress },
    { family: route.destination.chain.family, text: message.receiverAddress },
  ]);
  if ("cannotTell" in answer) {
    const { cannotTell, retryAfterMs } = answer;
    return () => tryLater(context, packet, { code: "screening_cannot_tell", text: cannotTell }, retryAfterMs);
  }
  const { findings, ...found } = answer;
  const verdict: Verdict = { ...found, screenedAt: new Date(clock.now()).toISOString() };
  if (verdict.result === "flagged") logger.warn({ packet: packetName(context, packet), verdict }, "flagged a packet");
  return () => store.packets.move(packet, "screened", clock.now(), { verdict, findings });
}
