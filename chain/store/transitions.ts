/**
 * The states of a packet, in the order of an undisturbed life, then the exceptions (DESIGN §5). `requested` is known by
 * its number alone and has a table of its own.
 */
export const packetStates = [
  "requested",
  "observed",
  "final",
  "due",
  "screened",
  "signed",
  "delivered",
  "executed",
  "held",
  "refused",
  "orphaned",
] as const;
export type PacketState = (typeof packetStates)[number];

/**
 * Every legal transition. The same pairs stand in the database's table `transitions`, whose trigger refuses all others,
 * so that no code path can take a packet past finality, wait or screening.
 */
export const transitions: Readonly<Record<PacketState, readonly PacketState[]>> = {
  requested: ["observed"],
  observed: ["final", "orphaned", "refused"],
  orphaned: ["observed"],
  final: ["due"],
  due: ["screened"],
  screened: ["signed", "held", "refused"],
  held: ["signed", "refused"],
  refused: ["final"],
  signed: ["delivered", "executed"],
  delivered: ["executed"],
  executed: [],
};

/** States of packets that we still owe an attestation. */
export const unattestedStates = ["observed", "final", "due", "screened", "held"] as const satisfies PacketState[];
