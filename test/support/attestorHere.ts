import { AsyncLocalStorage } from "node:async_hooks";
import { run } from "../../cli/run.ts";
import type { CommandResult } from "./attestor.ts";

const streams = ["stdout", "stderr"] as const;
type Printed = Record<(typeof streams)[number], string>;

/** What the command prints that is running here, also where several run at once. */
const printing = new AsyncLocalStorage<Printed>();
let captured = false;

/**
 * Runs the attestor command inside this process: for tests of what a command does and says, which need no process of its
 * own (half a second of CPU time each). That the program starts, ends and reads its input is what `attestor` shows.
 * Its environment is this process's.
 */
export async function attestorHere(words: readonly string[]): Promise<CommandResult> {
  if (!captured) captureOutput();
  captured = true;
  const printed: Printed = { stdout: "", stderr: "" };
  const code = await printing.run(printed, () => run(words));
  return { code, ...printed };
}

/** What commands write here goes to them from now on, everything else where it went before. */
function captureOutput(): void {
  for (const name of streams) {
    const stream = process[name];
    const write = stream.write.bind(stream) as (...args: unknown[]) => boolean;
    stream.write = (...args: unknown[]): boolean => {
      const printed = printing.getStore();
      if (!printed) return write(...args);
      const [chunk, ...more] = args;
      printed[name] += typeof chunk === "string" ? chunk : Buffer.from(chunk as Uint8Array).toString();
      const done = more.find((each) => typeof each === "function");
      if (done) queueMicrotask(() => done());
      return true;
    };
  }
}
