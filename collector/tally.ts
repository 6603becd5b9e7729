import { type VerdictResult, verdictResults } from "../shared/digest/index.ts";
import type { RegisteredRoute } from "./config.ts";
import { attestorsAt } from "./seats.ts";
import type { KnownPacket, PacketRecord, Statement } from "./store/index.ts";

/** How far a packet is: votes still coming in, one verdict has enough of them, or none can have enough any more. */
export const tallyStatuses = ["collecting", "quorum", "split"] as const;
export type TallyStatus = (typeof tallyStatuses)[number];

/** An attestor's statement with what its digest stands for. */
export interface Vote {
  readonly statement: Statement;
  readonly packet: KnownPacket;
  readonly result: VerdictResult;
}

export interface Tally {
  readonly status: TallyStatus;
  /** The content that reached quorum; before that the one most attestors signed, of equals the first. */
  readonly packet: KnownPacket;
  /** The verdict that reached quorum. */
  readonly verdict: VerdictResult | undefined;
  /** Attestors that signed `packet` by verdict; `other` signed another content, known or not. */
  readonly counts: Readonly<Record<VerdictResult | "other", number>>;
  /** Every vote about a known content, in strictly ascending order of the signers' addresses. */
  readonly votes: readonly Vote[];
}

/**
 * Counts what is known about a packet id. Only statements of attestors that the route has today count, each by the
 * key that has the packet's sequence: one unknown signer would make the contract refuse the whole call. A verdict has quorum when enough of them signed one digest,
 * that is the same content with the same verdict.
 *
 * @returns undefined if no content is known.
 */
export function tally(route: RegisteredRoute, record: PacketRecord): Tally | undefined {
  const attestors = attestorsAt(route, record.id.sequence);
  const statements = record.statements.filter(({ signer }) => attestors.includes(signer));
  const votes = statements.flatMap((statement) => voteOf(statement, record.packets) ?? []).sort(byAscendingSigner);
  const winning = votes.find((vote) => signersOf(vote.statement.digest, statements) >= route.quorum);
  const packet = winning?.packet ?? mostSigned(record.packets, votes);
  if (!packet) return undefined;

  const [white, flagged] = [countFor(votes, packet, "white"), countFor(votes, packet, "flagged")];
  return {
    status: winning ? "quorum" : canStillReachQuorum(route, statements) ? "collecting" : "split",
    packet,
    verdict: winning?.result,
    counts: { white, flagged, other: statements.length - white - flagged },
    votes,
  };
}

/** The votes that go into the call: those for the content and verdict that reached quorum, and no other. */
export function winningVotes({ packet, verdict, votes }: Tally): readonly Vote[] {
  return votes.filter((vote) => vote.packet === packet && vote.result === verdict);
}

function voteOf(statement: Statement, packets: readonly KnownPacket[]): Vote | undefined {
  for (const packet of packets) {
    const result = verdictResults.find((candidate) => packet.digests[candidate] === statement.digest);
    if (result) return { statement, packet, result };
  }
  return undefined;
}

/** The order in which contracts want signatures: EVM addresses as numbers. Programs take Aleo's in any; here by their text. */
function byAscendingSigner({ statement: a }: Vote, { statement: b }: Vote): number {
  const isBelow = a.signer.startsWith("0x") ? BigInt(a.signer) < BigInt(b.signer) : a.signer < b.signer;
  return isBelow ? -1 : 1;
}

function signersOf(digest: string, statements: readonly Statement[]): number {
  return statements.filter((statement) => statement.digest === digest).length;
}

function countFor(votes: readonly Vote[], packet: KnownPacket, result: VerdictResult): number {
  return votes.filter((vote) => vote.packet === packet && vote.result === result).length;
}

function mostSigned(packets: readonly KnownPacket[], votes: readonly Vote[]): KnownPacket | undefined {
  const support = (packet: KnownPacket) => votes.filter((vote) => vote.packet === packet).length;
  return [...packets].sort((a, b) => support(b) - support(a))[0];
}

/** Attestors sign once; those that have not signed yet could all still sign what most of the others signed. */
function canStillReachQuorum(route: RegisteredRoute, statements: readonly Statement[]): boolean {
  const outstanding = route.attestors.length - statements.length;
  const most = Math.max(0, ...statements.map(({ digest }) => signersOf(digest, statements)));
  return most + outstanding >= route.quorum;
}
