import { AttestorError } from "../../shared/errors/index.ts";
import { retryDelay } from "../backOff.ts";
import { concurrently } from "../concurrently.ts";
import type { BlockRef } from "../source/index.ts";
import type { Execution, StoredPacket } from "../store/index.ts";
import { packetName, type RouteContext, stopRoute, tryLater } from "./routeContext.ts";

const packetsPerRound = 64;
const packetsAtOnce = 8;
/** Longest time between two looks at the target chain for one packet, where few wait, in milliseconds. */
const longestPause = 60_000;
/** Looks a second that a route's packets share: a backlog that nobody fetches must not leave its providers busy. */
const looksPerSecond = 50;

/**
 * Finds out which signed packets the target chain has consumed, at its newest final block.
 *
 * @returns true if there may be more to look at.
 */
export async function confirm(context: RouteContext, final: BlockRef): Promise<boolean> {
  const packets = context.store.work.unconfirmed(context.key, context.clock.now(), packetsPerRound);
  const waiting: StoredPacket[] = [];
  await concurrently(packets, packetsAtOnce, async (packet) => {
    try {
      if (!(await confirmOne(context, packet, final.height))) waiting.push(packet);
    } catch (error) {
      if (!(error instanceof AttestorError)) throw error;
      tryLater(context, packet, { code: error.code, text: error.message });
    }
  });
  const { signed, delivered } = context.store.work.counts(context.key).packets;
  const share = ((signed + delivered) / looksPerSecond) * 1_000;
  context.store.atomically(() => {
    for (const packet of waiting) lookLater(context, packet, final.height, share);
  });
  return packets.length === packetsPerRound;
}

/** @returns false if the target chain has not consumed the packet. */
async function confirmOne(context: RouteContext, packet: StoredPacket, height: number): Promise<boolean> {
  const { route, target } = context;
  const { sequence } = packet.sighting;
  const consumed = await target.consumed(sequence, height);
  if (!consumed) return false;
  // Where the packet was consumed before the first look, one range back is searched; the vote may stay unknown.
  const from = packet.searchedHeight ?? Math.max(0, height - route.destination.chain.maximumRange);
  const vote = await target.consumedVote(sequence, Math.min(from + 1, height), height);
  await record(context, packet, { ...consumed, vote });
  return true;
}

/** @param share time that every waiting packet takes to have its look once, in milliseconds. */
function lookLater({ route, store, clock }: RouteContext, packet: StoredPacket, height: number, share: number): void {
  const first = route.destination.chain.pollInterval;
  const pause = retryDelay({ first, longest: Math.max(first, longestPause) }, packet.attempts, Math.random());
  store.packets.recordNotConsumed(packet.id, height, clock.now() + Math.round(Math.max(pause, share)));
}

async function record(context: RouteContext, packet: StoredPacket, execution: Execution): Promise<void> {
  const { store, together, clock, logger, metrics, route } = context;
  const name = packetName(context, packet);
  const { packetHash, vote } = execution;
  if (packetHash !== undefined && packetHash !== packet.packetHash) {
    const text = `the target chain consumed another packet under this number (hash ${packetHash})`;
    const reason = { code: "executed_other_packet", text };
    // Together: a packet whose other execution is on record is not looked at again.
    store.atomically(() => {
      store.packets.recordOtherExecution(packet.id, { packetHash, vote }, reason);
      stopRoute(context, packet, text);
    });
    return;
  }
  const ours = packet.attestation?.verdict.result;
  const differs = execution.vote !== undefined && execution.vote !== ours;
  const reason = {
    code: "executed_other_vote",
    text: `the target chain's vote is ${execution.vote}, ours was ${ours}`,
  };
  await together(() => store.packets.move(packet, "executed", clock.now(), { execution, ...(differs && { reason }) }));
  if (differs) {
    metrics.otherVotes.inc({ route: route.name });
    logger.warn({ packet: name, vote: execution.vote, ours }, "a packet was executed with another vote than ours");
  } else {
    logger.info({ packet: name, vote: execution.vote }, "a packet was executed");
  }
}
