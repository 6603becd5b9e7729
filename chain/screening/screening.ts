import type { VerdictResult } from "../../shared/digest/index.ts";
import type { ChainFamily } from "../../shared/packet/index.ts";

/** An address as a packet spells it. */
export interface ScreenedAddress {
  readonly family: ChainFamily;
  readonly text: string;
}

/** What one source says about a packet's addresses: flagged if it lists any of them. */
export interface Finding {
  readonly source: string;
  /** Which state of the source said so: a list's version, a day, a block. Printable ASCII, at most 128 characters. */
  readonly version: string;
  readonly result: VerdictResult;
  /** SHA-256 of the list's bytes, where the source is a list. */
  readonly hash?: string;
}

/** Why a source has no answer, and how long it asks to be left alone. */
export interface CannotTell {
  readonly cannotTell: string;
  readonly retryAfterMs?: number;
}

/** How a source does: what it would answer from now, or why it can't. */
export interface SourceState {
  readonly name: string;
  readonly version: string | undefined;
  readonly reason: string | undefined;
  /** Milliseconds since a list was written, or since a service stopped answering (0 while it answers). */
  readonly ageMs: number;
}

/** Looks addresses up among those that a bridge must not serve. */
export interface ScreeningSource {
  readonly name: string;
  screen(addresses: readonly ScreenedAddress[]): Promise<Finding | CannotTell>;
  state(): SourceState;
}
