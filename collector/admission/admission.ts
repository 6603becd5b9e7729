import { AttestorError } from "../../shared/errors/index.ts";
import type { KnownPacket, Statement } from "../store/index.ts";

/** What has passed every check and may be stored. */
export interface Admitted {
  readonly statement: Omit<Statement, "receivedAt">;
  /** The content that the statement is about, where it was handed in with it. */
  readonly packet?: KnownPacket;
}

/** The refusal of what is well formed but not for this collector, by the name of the rule that says so. */
export function denied(rule: string, reason: string, inputs: Record<string, string>): AttestorError {
  return new AttestorError("denied", { rule, reason, inputs });
}
