import { AttestorError } from "../shared/errors/index.ts";

const dayMs = 86_400_000;
/** New certificates are valid a little before they were made, because clocks of two machines differ. */
const clockAllowanceMs = 5 * 60_000;
const longestDays = 36_500;

export interface Validity {
  readonly notBefore: Date;
  readonly notAfter: Date;
}

/**
 * From `notBefore` (default: now, less five minutes for clocks that differ) for `days`, which may be a fraction.
 *
 * @throws AttestorError `usage` if `days` is not above 0 and at most 36500.
 */
export function validityFor(days: number, notBefore = new Date(Date.now() - clockAllowanceMs)): Validity {
  if (!(days > 0 && days <= longestDays)) {
    throw new AttestorError("usage", { reason: `days must be above 0 and at most ${longestDays}` });
  }
  return { notBefore, notAfter: new Date(notBefore.getTime() + days * dayMs) };
}
