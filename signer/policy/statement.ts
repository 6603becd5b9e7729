import { AttestorError } from "../../shared/errors/index.ts";

/** What operators can agree on by signing a statement. A closed set: each action has one place that asks for it. */
export const statementActions = ["apply-policy", "resume", "waive-newest", "acknowledge-clock", "take-over"] as const;
export type StatementAction = (typeof statementActions)[number];

/** One thing that operators agree to, once, at one signer, until it expires. */
export interface Statement {
  readonly action: StatementAction;
  /** What exactly, in one line: for `apply-policy` version and hash, for `resume` the pause. */
  readonly object: string;
  /** Id of the signer's ledger: 32 hex digits. A statement for one signer is nothing to another. */
  readonly ledger: string;
  /** Milliseconds since 1970, whole seconds. */
  readonly expiresMs: number;
}

/** Longest time that a statement may be valid, in milliseconds: 7 days. */
export const longestValidity = 7 * 86_400_000;

const title = "hsm-attestor statement v1";
const form =
  /^hsm-attestor statement v1\naction: ([a-z-]{1,32})\nobject: ([\x21-\x7e][\x20-\x7e]{0,255})\nledger: ([0-9a-f]{32})\nexpires: ([0-9TZ:-]{20})\n$/;

/**
 * The text that operators read and sign. One statement has one text: five lines in this order, each ended by one line
 * feed, the time in UTC and whole seconds.
 */
export function formatStatement({ action, object, ledger, expiresMs }: Statement): string {
  const expires = `${new Date(expiresMs).toISOString().slice(0, 19)}Z`;
  return `${title}\naction: ${action}\nobject: ${object}\nledger: ${ledger}\nexpires: ${expires}\n`;
}

/** @throws AttestorError `invalid_field` for a text that {@link formatStatement} does not write. */
export function parseStatement(text: string): Statement {
  const [, action = "", object = "", ledger = "", expires = ""] = form.exec(text) ?? [];
  const known = statementActions.find((each) => each === action);
  const statement = known && { action: known, object, ledger, expiresMs: Date.parse(expires) };
  if (statement && Number.isFinite(statement.expiresMs) && formatStatement(statement) === text) return statement;
  throw new AttestorError("invalid_field", {
    field: "the statement",
    reason: "is not in the form that `attestor policy statement` and its like write",
  });
}
