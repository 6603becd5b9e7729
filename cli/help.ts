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

/** The list of all commands. */
export function overview(commands: readonly Pick<Command, "name" | "summary">[]): string {
  return [
    "attestor: a bridge attestor whose keys never leave an HSM",
    "",
    "Usage: attestor COMMAND [options]",
    "",
    ...columns(commands.map((command) => [command.name, command.summary])),
    "",
    "`attestor COMMAND --help` explains a command.",
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
