import type { VerdictResult } from "../../shared/digest/index.ts";

/** Where a packet is on its way through the local network, in order. */
export const stages = ["dispatched", "attested", "quorum", "executed"] as const;
export type Stage = (typeof stages)[number];

/** One packet on its way, as `up` saw it. */
export interface Journey {
  readonly source: bigint;
  readonly destination: bigint;
  readonly sequence: bigint;
  readonly deployment: string;
  /** "alpha → beta" */
  readonly direction: string;
  readonly expected: VerdictResult;
  /** When its block was made, on this machine's clock, in milliseconds. */
  readonly dispatchedAt: number;
  stage: Stage;
  /** Signatures at the collector so far, of any verdict. */
  signatures: number;
  /** The verdict that the contract came to. */
  result?: VerdictResult | "null";
  /** Signatures that went on chain. */
  submitted?: number;
  /** From dispatch to executed, in milliseconds. */
  tookMs?: number;
  /** Why it cannot get any further. */
  problem?: string;
}

export function journeyName(journey: Pick<Journey, "source" | "destination" | "sequence">): string {
  return `${journey.source}/${journey.destination}/${journey.sequence}`;
}

/** True if the packet was executed with the verdict that it should have. */
export function isRight(journey: Journey): boolean {
  return journey.stage === "executed" && journey.result === journey.expected;
}
