import { type DestinationStream, type Logger as PinoLogger, pino, stdTimeFunctions } from "pino";
import { AttestorError, faultName } from "../errors/index.ts";

/** Writes one event: what varies goes into fields, the message is a fixed short sentence. */
interface LogMethod {
  (fields: object, message: string): void;
  (message: string): void;
}

export interface Logger {
  readonly error: LogMethod;
  readonly warn: LogMethod;
  readonly info: LogMethod;
  readonly debug: LogMethod;
  /** A logger whose every line carries these fields too. */
  child(fields: object): Logger;
}

type Level = "error" | "warn" | "info" | "debug";

/**
 * A logger of JSON lines: one event a line, the message a short sentence, everything variable in fields.
 * Errors are written as code and message of an {@link AttestorError}, or as a bare fault name: messages and stacks of
 * libraries quote endpoints and inputs.
 *
 * @param destination default standard output.
 */
export function createLogger(options: { service: string; level: Level }, destination?: DestinationStream): Logger {
  return withoutErrorTexts(
    pino(
      {
        level: options.level,
        base: { service: options.service },
        timestamp: stdTimeFunctions.isoTime,
        formatters: { level: (label) => ({ level: label }) },
        serializers: { err: (described: unknown) => described },
      },
      destination ?? pino.destination({ fd: 1, sync: false }),
    ),
  );
}

/** pino takes the message of an error that it is handed, and copies all its properties where a field holds one. */
function withoutErrorTexts(inner: PinoLogger): Logger {
  const method =
    (level: Level): LogMethod =>
    (first: object | string, message?: string) =>
      typeof first === "string" ? inner[level](first) : inner[level](safeFields(first), message);
  return {
    error: method("error"),
    warn: method("warn"),
    info: method("info"),
    debug: method("debug"),
    child: (fields) => withoutErrorTexts(inner.child(safeFields(fields))),
  };
}

function safeFields(fields: object): Record<string, unknown> {
  if (fields instanceof Error) return { err: describeError(fields) };
  return Object.fromEntries(Object.entries(fields).map(([name, value]) => [name, safeValue(name, value)]));
}

function safeValue(name: string, value: unknown): unknown {
  if (value instanceof Error || name === "err" || name === "error") return describeError(value);
  return Array.isArray(value) ? value.map((item) => (item instanceof Error ? describeError(item) : item)) : value;
}

/** The two fields that an error leaves in a log line. */
export function describeError(error: unknown): { code: string; message?: string } {
  return error instanceof AttestorError ? { code: error.code, message: error.message } : { code: faultName(error) };
}
