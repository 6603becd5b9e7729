/** What a record of the audit chain can be about. A closed set: readers of the chain filter by it. */
export type AuditKind =
  /** The ledger was made, with its first policy. */
  | "ledger"
  | "start"
  | "stop"
  /** What the gate decided on a request, with the deciding rule and its inputs. */
  | "decision"
  /** How often a denial was repeated since it was recorded. */
  | "denials"
  /** A signature was recorded and may leave. */
  | "release"
  | "alarm"
  | "hold"
  | "pause"
  /** Another policy came into force. */
  | "policy"
  | "clock"
  /** History of another ledger came in. */
  | "import"
  /** A standby took the keys of another ledger over. */
  | "take-over"
  /** A client showed the newest attestations that it has, or a proof that they were missing here was settled. */
  | "newest"
  /** Operators did without something that the rules ask for. */
  | "waiver";

/** JSON without numbers: an integer is a decimal string, so that every reader sees the same digits. */
export type AuditValue = string | boolean | null | readonly AuditValue[] | { readonly [key: string]: AuditValue };

/**
 * What is appended to the audit chain. Where it is about a packet, `body.packet` is its id (`source/destination/sequence`)
 * and `body.deployment` its deployment: the chain is searched by these.
 */
export interface AuditEntry {
  readonly kind: AuditKind;
  readonly body: Readonly<Record<string, AuditValue>>;
}
