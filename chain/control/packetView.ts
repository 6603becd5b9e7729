import { parseJson } from "../../shared/json/index.ts";
import { packetToWire } from "../../shared/packet/index.ts";
import { attestationToWire } from "../../shared/wire/index.ts";
import type { Delivery, PacketRequest, Store, StoredPacket } from "../store/index.ts";

/** A packet as lists show it, with the deliveries that failed and are tried again. Times are RFC 3339, UTC. */
export function packetLine(packet: StoredPacket, store: Store) {
  const { key, sighting, state, reason, attempts, nextTryAt, times, verdict } = packet;
  return {
    ...key,
    sequence: sighting.sequence,
    state,
    since: timeText(times[state]),
    verdict: verdict?.result ?? null,
    reason: reason ?? null,
    attempts,
    nextTryAt: nextTryText(nextTryAt),
    retriedDeliveries: store.outbox
      .of(packet.id)
      .filter((delivery) => delivery.state === "waiting" && delivery.attempts > 0)
      .map(deliveryView),
    block: { ...sighting.block },
    transactionHash: sighting.transactionHash || null,
  };
}

/** A packet that is asked for and not found yet, in the form of the others. */
export function requestLine(request: PacketRequest) {
  return {
    ...request.key,
    sequence: request.sequence,
    state: "requested",
    since: timeText(request.requestedAt),
    verdict: null,
    reason: request.reason ?? null,
    attempts: request.attempts,
    nextTryAt: nextTryText(request.nextTryAt),
    retriedDeliveries: [],
    block: null,
    transactionHash: null,
  };
}

/** Everything that is known about one packet. */
export function packetDetail(packet: StoredPacket, store: Store) {
  const { sighting, execution, attestation } = packet;
  return {
    ...packetLine(packet, store),
    logIndex: sighting.logIndex,
    packet: "packet" in sighting.content ? packetToWire(sighting.content.packet) : null,
    defect: "defect" in sighting.content ? sighting.content.defect : null,
    dispatched: parseJson(sighting.dispatched),
    dispatchHash: sighting.dispatchHash,
    packetHash: packet.packetHash ?? null,
    verdict: packet.verdict ?? null,
    findings: packet.findings,
    attestation: attestation ? attestationToWire(attestation) : null,
    execution: execution ? { packetHash: execution.packetHash ?? null, vote: execution.vote ?? null } : null,
    deliveries: store.outbox.of(packet.id).map(deliveryView),
    times: Object.fromEntries(Object.entries(packet.times).map(([state, at]) => [state, timeText(at)])),
  };
}

function deliveryView(delivery: Delivery) {
  return {
    ...delivery,
    nextTryAt: delivery.state === "waiting" ? nextTryText(delivery.nextTryAt) : null,
    reason: delivery.reason ?? null,
    settledAt: timeText(delivery.settledAt),
  };
}

/** 0 stands for at once. */
function nextTryText(nextTryAt: number): string | null {
  return nextTryAt > 0 ? timeText(nextTryAt) : null;
}

function timeText(milliseconds: number | undefined): string | null {
  return milliseconds === undefined ? null : new Date(milliseconds).toISOString();
}
