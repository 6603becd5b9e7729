import type { Command } from "./command.ts";
import { wrap } from "./terminal/wrap.ts";

/** Columns of the smallest terminal that help is written for. */
const screenWidth = 80;

/** Help of one command: usage line, options, notes. Fits a screen of 80 columns and 24 lines. */
export function commandHelp(command: Command): string {
  const words = [command.name, ...(command.positionals ?? []), ...requiredOptions(command), "[options]"];
  const options = [
    ...Object.entries(command.options).map(([option, { value, help }]) => [
      `--${option}${value ? ` ${value}` : ""}`,
      help,
    ]),
    ["--help", "show this"],
  ];
  return [
    ...wrap(`attestor ${command.name}: ${command.summary}`, screenWidth),
    "",
    ...wrap(`Usage: attestor ${words.join(" ")}`, screenWidth, "         "),
    "",
    ...columns(options),
    ...(command.notes ? ["", ...paragraphs(command.notes)] : []),
    "",
  ].join("\n");
}

/** Notes, broken anew: a line begins where a sentence does, and a command, which is indented, stays a line. */
function paragraphs(notes: string): string[] {
  const texts = notes.trimEnd().split(/(?<=[.:])\n|\n(?= {2})|(?<=^ {2}.*)\n/m);
  return texts.filter(Boolean).flatMap((text) => (text.startsWith("  ") ? text : wrap(text, screenWidth)));
}

type Listed = Pick<Command, "name" | "summary">;

/** What the commands of a group are about. */
const groups: Readonly<Record<string, string>> = {
  packet: "one packet of a chain-service",
  config: "configuration files",
  policy: "what may be signed",
  hold: "what a signer holds",
  clock: "a signer's clock that was set",
  ledger: "history",
  audit: "the signer's audit chain",
  hsm: "tokens, keys",
  certs: "certificates and their pins",
};

/** All commands, a line for each first word: it fits a screen. */
export function overview(commands: readonly Listed[]): string {
  const words = [...new Set(commands.map(({ name }) => firstWord(name)))];
  return list(words.map((word) => [word, aboutWord(word, commands)]));
}

/** The commands that begin with one word, a line for each. */
export function groupOverview(commands: readonly Listed[]): string {
  return list(commands.map(({ name, summary }) => [name, summary]));
}

function aboutWord(word: string, commands: readonly Listed[]): string {
  const own = commands.find(({ name }) => name === word);
  const further = commands.filter(({ name }) => name !== word && firstWord(name) === word);
  const others = [...new Set(further.map(({ name }) => firstWord(name.slice(word.length + 1))))];
  if (!own) return `${others.join(", ")}${groups[word] ? `: ${groups[word]}` : ""}`;
  return others.length > 0 ? `${own.summary}; also ${others.join(", ")}` : own.summary;
}

function firstWord(name: string): string {
  return name.split(" ")[0] ?? name;
}

function list(rows: readonly (readonly string[])[]): string {
  return [
    "attestor: a bridge attestor whose keys never leave an HSM",
    "",
    ...columns(rows),
    "",
    "Usage: attestor COMMAND [options]; `attestor COMMAND --help` explains it.",
    "Exit codes: 0 done, 1 refused or failed, 2 wrong usage or configuration.",
    "",
  ].join("\n");
}

function requiredOptions(command: Command): string[] {
  return Object.entries(command.options)
    .filter(([, { required }]) => required)
    .map(([option, { value }]) => `--${option} ${value ?? ""}`.trim());
}

function columns(rows: readonly (readonly string[])[]): string[] {
  const width = Math.max(...rows.map(([left = ""]) => left.length)) + 2;
  return rows.flatMap(([left = "", right = ""]) => {
    const [first = "", ...others] = wrap(right, screenWidth - width - 2);
    return [`  ${left.padEnd(width)}${first}`, ...others.map((line) => " ".repeat(width + 2) + line)];
  });
}
