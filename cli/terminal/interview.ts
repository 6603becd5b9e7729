import { createInterface } from "node:readline/promises";
import { AttestorError, faultName } from "../../shared/errors/index.ts";
import { styled } from "./style.ts";

/** Asks whoever sits at the terminal. */
export interface Interview {
  /**
   * The value of an option: what was written on the command line, else what is answered.
   *
   * @throws AttestorError `usage` naming the option where there is nobody to ask, or when whoever is asked breaks off.
   */
  value(option: string, given: string | undefined, question: string): Promise<string>;
  /** Goes on when `yes` is typed. With nobody to ask, the command line was the agreement. @throws AttestorError `usage`. */
  agree(question: string): Promise<void>;
  /** Tells something to whoever is being asked; a script is told nothing. */
  tell(text: string): void;
}

export interface InterviewOptions {
  readonly input: NodeJS.ReadableStream;
  readonly output: NodeJS.WritableStream;
  /** Whether somebody sits there. */
  readonly attended: boolean;
}

/** Answers that are tried before an empty one is taken for a refusal. */
const tries = 3;

export function createInterview({ input, output, attended }: InterviewOptions): Interview {
  const ask = async (question: string): Promise<string> => {
    const lines = createInterface({ input, output });
    try {
      return (await lines.question(styled("bold", `${question} `))).trim();
    } catch (error) {
      if (faultName(error) !== "ABORT_ERR") throw error; // which is Ctrl-C, or Ctrl-D
      output.write("\n");
      throw new AttestorError("usage", { reason: "you broke off; nothing was done" });
    } finally {
      lines.close();
    }
  };
  return {
    async value(option, given, question) {
      if (given !== undefined) return given;
      for (let attempt = 0; attended && attempt < tries; attempt += 1) {
        const answer = await ask(question);
        if (answer !== "") return answer;
      }
      throw new AttestorError("usage", { reason: `--${option} is missing` });
    },
    async agree(question) {
      if (!attended || (await ask(`${question} Type yes to go on:`)) === "yes") return;
      throw new AttestorError("usage", { reason: "you did not type yes; nothing was done" });
    },
    tell(text) {
      if (attended) output.write(`${text}\n`);
    },
  };
}
