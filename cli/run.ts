import { AttestorError, exitCodeFor, faultName } from "../shared/errors/index.ts";
import { nearest } from "../shared/schema/index.ts";
import { parseCommandLine } from "./command.ts";
import { type CommandEntry, commands } from "./commands/index.ts";
import { commandHelp, groupOverview, overview } from "./help.ts";

/**
 * Runs one command line.
 *
 * @param words what was written after `attestor`.
 * @returns the exit code: 0 done, 1 refused or failed, 2 wrong usage or configuration.
 */
export async function run(words: readonly string[]): Promise<number> {
  try {
    return await dispatch(words);
  } catch (error) {
    process.stderr.write(`attestor: ${explain(error)}\n`);
    return exitCodeFor(error);
  }
}

async function dispatch(words: readonly string[]): Promise<number> {
  const entry = findCommand(words);
  if (entry === undefined) return showCommands(words);
  const command = await entry.load();
  const rest = words.slice(entry.name.split(" ").length);
  if (rest.includes("--help")) {
    process.stdout.write(commandHelp(command));
    return 0;
  }
  return command.run(parseCommandLine(command, rest));
}

/** Answers words that name no command: help if they ask for it, the commands to choose from if they are too few. */
function showCommands(words: readonly string[]): number {
  const asked = words.filter((word) => word !== "--help" && word !== "help");
  const group = commands.filter(({ name }) => asked.length === 1 && name.startsWith(`${asked[0]} `));
  if (asked.length > 0 && group.length === 0) throw unknownCommand(asked);
  process.stdout.write(group.length > 0 ? groupOverview(group) : overview(commands));
  return asked.length < words.length ? 0 : 2;
}

/** The longest name counts: `chain disputes` is not `chain` with a word too many. */
function findCommand(words: readonly string[]): CommandEntry | undefined {
  const matching = commands.filter(({ name }) => name.split(" ").every((word, index) => words[index] === word));
  return matching.sort((a, b) => b.name.length - a.name.length)[0];
}

function unknownCommand(words: readonly string[]): AttestorError {
  const asked = words
    .filter((word) => !word.startsWith("-"))
    .slice(0, 2)
    .join(" ");
  const names = commands.map(({ name }) => name);
  const isGroup = names.some((name) => name.startsWith(`${words[0]} `));
  const guess = nearest(asked, names) ?? nearest(words[0] ?? "", names);
  const hint = guess ? `did you mean \`attestor ${guess}\`?` : "`attestor --help` lists the commands";
  return new AttestorError("usage", { reason: `there is no command ${isGroup ? asked : words[0]}; ${hint}` });
}

/** A fault that is not ours is named, not quoted: its text may hold an endpoint or a value. */
function explain(error: unknown): string {
  if (error instanceof AttestorError) return error.message;
  if (process.env.ATTESTOR_DEBUG === "1") console.error(error);
  return `an unexpected fault (${faultName(error)}); set ATTESTOR_DEBUG=1 to see where`;
}
