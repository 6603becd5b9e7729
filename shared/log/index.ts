import { type DestinationStream, type Logger as PinoLogger, pino, stdTimeFunctions } from "pino";
import { AttestorError, faultName } from "../errors/index.ts";

export type Logger = Pick<PinoLogger, "error" | "warn" | "info" | "debug"> & { child(fields: object): Logger };

/**
 * A logger of JSON lines: one event a line, the message a short sentence, everything variable in fields.
 * Errors are written as code and message of an {@link AttestorError}, or as a bare fault name: messages and stacks of
 * libraries quote endpoints and inputs.
 *
 * @param destination default standard output.
 */
export function createLogger(
  options: { service: string; level: "error" | "warn" | "info" | "debug" },
  destination?: DestinationStream,
): Logger {
  return pino(
    {
      level: options.level,
      base: { service: options.service },
      timestamp: stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
      serializers: { err: describeError, error: describeError },
    },
    destination ?? pino.destination({ fd: 1, sync: false }),
  );
}

/** The two fields that an error leaves in a log line. */
export function describeError(error: unknown): { code: string; message?: string } {
  return error instanceof AttestorError ? { code: error.code, message: error.message } : { code: faultName(error) };
}
