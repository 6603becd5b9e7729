import type { AttestorError } from "../../shared/errors/index.ts";
import type { Attestation } from "../../shared/wire/index.ts";

/** The steps that decide, in the order in which they do. A closed set: it labels metrics. */
export type RuleId =
  | "client_rights"
  | "route"
  | "deny_list"
  | "clock"
  | "rollback"
  | "newest"
  | "value_limit"
  | "sequence_jump"
  | "value_window"
  | "announce"
  | "agreement"
  | "dropped"
  | "evidence"
  | "pause"
  | "ledger"
  | "keeper";

/** What a rule looked at, as text: goes into the answer, the log and the record. Never a secret. */
export type Inputs = Readonly<Record<string, string>>;

/** What each rule that let a request through looked at, where it looked at something of its own. */
export type Checked = Readonly<Partial<Record<RuleId, Inputs>>>;

/** Why a request waits. A closed set: each reason ends in a way of its own. */
export type HoldReason = "review" | "window" | "announced" | "agreement" | "paused";

interface Decision {
  /** The step that decided. */
  readonly rule: RuleId;
  readonly inputs: Inputs;
}

/** `rule` is `keeper` for a signature made now, `ledger` for the one that was released before. */
export interface Approved extends Decision {
  readonly outcome: "approved";
  readonly attestation: Attestation;
}

/** Nothing speaks against it but time or a person: ask again. */
export interface Held extends Decision {
  readonly outcome: "held";
  readonly reason: HoldReason;
  readonly retryAfterSeconds: number;
}

/** Policy said no; asking again changes nothing. */
export interface Denied extends Decision {
  readonly outcome: "denied";
  readonly error: AttestorError<"denied" | "verdict_already_given" | "equivocation" | "closed_by_import">;
  /** The attestation that was released for this packet before, where there is one. */
  readonly attestation?: Attestation;
}

/** We could not tell, or could not do it; asking again may help. */
export interface Failed extends Decision {
  readonly outcome: "failed";
  readonly error: AttestorError;
}

export type Outcome = Approved | Held | Denied | Failed;
