import { readFileSync } from "node:fs";
import { AttestorError, faultText } from "../shared/errors/index.ts";
import { stringifyJson } from "../shared/json/index.ts";
import type { Arguments } from "./command.ts";

/** Reads a file that an option names. @throws AttestorError `usage` if it cannot be read. */
export function readFileOption(option: string, file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch (error) {
    throw new AttestorError("usage", { reason: `${option} ${file} cannot be read (${faultText(error)})` });
  }
}

/** A whole number above 0, or undefined if the option was not given. @throws AttestorError `usage`. */
export function numberOption(args: Arguments, option: string): number | undefined {
  const text = args.text(option);
  if (text === undefined) return undefined;
  if (/^[1-9][0-9]{0,8}$/.test(text)) return Number(text);
  throw new AttestorError("usage", { reason: `--${option} must be a whole number above 0` });
}

/** The value of an option that must be one of a few. @throws AttestorError `usage`. */
export function choiceOption<T extends string>(args: Arguments, option: string, choices: readonly T[]): T {
  const text = args.required(option);
  const choice = choices.find((candidate) => candidate === text);
  if (choice !== undefined) return choice;
  throw new AttestorError("usage", { reason: `--${option} must be one of ${choices.join(", ")}` });
}

/** Prints a result: one line of JSON with --json, else a line per field. */
export function print(args: Arguments, result: Readonly<Record<string, unknown>>): void {
  if (args.flag("json")) {
    process.stdout.write(`${stringifyJson(result)}\n`);
    return;
  }
  const width = Math.max(...Object.keys(result).map((key) => key.length)) + 2;
  for (const [key, value] of Object.entries(result)) process.stdout.write(`${key.padEnd(width)}${String(value)}\n`);
}
