import { type ParseArgsOptionsConfig, parseArgs } from "node:util";

/** Why a bench does not run: `--help`, or arguments that it does not take. */
export interface NotRun {
  /** 0 for `--help`. */
  readonly exitCode: 0 | 2;
  readonly text: string;
}

/** Reads a bench's arguments. @param usage at most a screen of text. */
export function readOptions<const O extends ParseArgsOptionsConfig>(
  args: readonly string[],
  options: O,
  usage: string,
) {
  try {
    if (args.includes("--help") || args.includes("-h")) return { exitCode: 0, text: usage } satisfies NotRun;
    return { values: parseArgs({ args: [...args], options }).values };
  } catch (error) {
    // what follows the first sentence is advice for programmers
    const [problem = ""] = error instanceof Error ? error.message.split(/\. |\n/) : [];
    return wrongOptions(problem, usage);
  }
}

export function wrongOptions(problem: string, usage: string): NotRun {
  const [form = ""] = usage.split("\n");
  return { exitCode: 2, text: `${problem.replace(/\.$/, "")}\n${form}\n--help says more\n` };
}

/** Ends the process as it was asked to. */
export function endUnrun({ exitCode, text }: NotRun): never {
  (exitCode === 0 ? process.stdout : process.stderr).write(text);
  process.exit(exitCode);
}
