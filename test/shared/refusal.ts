import { type AttestorError, type ErrorCode, type ErrorData, isAttestorError } from "../../shared/errors/index.ts";

/** What `act` throws, which must be an {@link AttestorError} of that code. */
export function refusal<C extends ErrorCode>(code: C, act: () => unknown): AttestorError<C> {
  try {
    act();
  } catch (error) {
    if (isAttestorError(error, code)) return error;
    throw error;
  }
  throw new Error(`expected a refusal with code ${code}, but it was accepted`);
}

/** As {@link refusal}, for a promise. */
export async function rejection<C extends ErrorCode>(code: C, promise: Promise<unknown>): Promise<AttestorError<C>> {
  const outcome = await promise.then(
    () => undefined,
    (error: unknown) => error,
  );
  if (isAttestorError(outcome, code)) return outcome;
  throw outcome ?? new Error(`expected a rejection with code ${code}, but it was resolved`);
}

/** The problems that a configuration was refused for. */
export function configProblems(act: () => unknown): ErrorData["config_invalid"]["problems"] {
  return refusal("config_invalid", act).data.problems;
}
