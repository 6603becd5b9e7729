import { type ParseArgsOptionsConfig, parseArgs } from "node:util";
import { AttestorError } from "../shared/errors/index.ts";
import { nearest } from "../shared/schema/index.ts";

/** One option of a command as help shows it. */
export interface OptionHelp {
  readonly type: "string" | "boolean";
  /** Placeholder of a string option's value, in capitals. */
  readonly value?: string;
  readonly help: string;
  readonly required?: boolean;
}

/** What the user wrote after a command's name, checked against its options. */
export interface Arguments {
  readonly positionals: readonly string[];
  /** The value of a string option, or undefined. */
  text(option: string): string | undefined;
  /** The value of a required string option. */
  required(option: string): string;
  flag(option: string): boolean;
}

/** One command of `attestor`: `up`, `hsm keygen`, … */
export interface Command {
  /** Its words, such as `hsm keygen`. */
  readonly name: string;
  /** One line for the list of commands, starting with a verb. */
  readonly summary: string;
  /** Names of the positional arguments, in capitals. */
  readonly positionals?: readonly string[];
  readonly options: Readonly<Record<string, OptionHelp>>;
  /** Further lines of help: what it prints, what it changes. */
  readonly notes?: string;
  /** @returns the exit code: 0 done, 1 refused or failed. */
  run(args: Arguments): Promise<number>;
}

/**
 * Checks a command's words.
 *
 * @throws AttestorError `usage`.
 */
export function parseCommandLine(command: Command, words: readonly string[]): Arguments {
  const options: ParseArgsOptionsConfig = Object.fromEntries(
    Object.entries(command.options).map(([option, { type }]) => [option, { type }]),
  );
  const { values, positionals } = parseStrictly(command, options, words);
  const wanted = command.positionals ?? [];
  if (positionals.length > wanted.length) throw usage(`unexpected argument ${positionals[wanted.length]}`);
  if (positionals.length < wanted.length) throw usage(`${wanted[positionals.length]} is missing`);
  for (const [option, { required, value }] of Object.entries(command.options)) {
    if (required && values[option] === undefined) throw usage(`--${option} ${value ?? ""} is missing`);
  }
  const text = (option: string) => (typeof values[option] === "string" ? values[option] : undefined);
  return {
    positionals,
    text,
    required: (option) => text(option) ?? "",
    flag: (option) => values[option] === true,
  };
}

function parseStrictly(command: Command, options: ParseArgsOptionsConfig, words: readonly string[]) {
  try {
    return parseArgs({ args: [...words], options, strict: true, allowPositionals: true });
  } catch (error) {
    const unknown = /Unknown option '--?([^']+)'/.exec(String(error))?.[1];
    if (unknown !== undefined) {
      const guess = nearest(unknown, [...Object.keys(command.options), "help"]);
      throw usage(`unknown option --${unknown}${guess ? `; did you mean --${guess}?` : ""}`);
    }
    const option = /Option '(?:-\w, )?(--[^ ']+)/.exec(String(error))?.[1];
    throw usage(
      option
        ? `${option} ${/argument missing/.test(String(error)) ? "needs a value" : "takes no value"}`
        : "the options are off",
    );
  }
}

function usage(reason: string): AttestorError {
  return new AttestorError("usage", { reason });
}
