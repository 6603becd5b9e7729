import type { Command } from "./command.ts";

/** Help of one command: usage line, options, notes. Fits a screen of 80 columns. */
export function commandHelp(command: Command): string {
  const words = [command.name, ...(command.positionals ?? []), ...requiredOptions(command)];
  const options = [
    ...Object.entries(command.options).map(([option, { value, help }]) => [
      `--${option}${value ? ` ${value}` : ""}`,
      help,
    ]),
    ["--help", "show this"],
  ];
  return [
    `attestor ${command.name}: ${command.summary}`,
    "",
    `Usage: attestor ${words.join(" ")} [options]`,
    "",
    ...columns(options),
    ...(command.notes ? ["", command.notes.trim()] : []),
    "",
  ].join("\n");
}

type Listed = Pick<Command, "name" | "summary">;

/** What the commands of a group are about. */
const groups: Readonly<Record<string, string>> = {
  packet: "one packet of a chain-service",
  config: "configuration files",
  policy: "what a signer may sign, and who may change that",
  hold: "what a signer holds",
  clock: "a signer's clock that was set",
  ledger: "the signer's attest-once ledger",
  audit: "the signer's audit chain",
  hsm: "tokens and keys",
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
  const others = commands
    .filter(({ name }) => name !== word && firstWord(name) === word)
    .map(({ name }) => name.slice(word.length + 1));
  if (!own) return `${others.join(", ")}${groups[word] ? `: ${groups[word]}` : ""}`;
  return others.length > 0 ? `${own.summary}; also ${others.join(", ")}` : own.summary;
}

function firstWord(name: string): string {
  return name.split(" ")[0] ?? name;
}

function list(rows: readonly (readonly string[])[]): string {
  return [
    "attestor: a bridge attestor whose keys never leave an HSM",
    "Usage: attestor COMMAND [options]",
    "",
    ...columns(rows),
    "",
    "`attestor COMMAND --help` explains a command, `attestor policy` lists those that begin so.",
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
  return rows.map(([left = "", right = ""]) => `  ${left.padEnd(width)}${right}`);
}
