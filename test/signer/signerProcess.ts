import { setTimeout as pause } from "node:timers/promises";
import { startAttestor } from "../support/attestor.ts";

/** The signing daemon as a process of its own. */
export interface SignerProcess {
  /** Resolves with the port as soon as it listens; rejects if it ends before. */
  ready(): Promise<number>;
  /** What `/readyz` says, once it listens. */
  readiness(): Promise<{ readonly ready: boolean; readonly reasons: readonly string[] }>;
  signal(signal: NodeJS.Signals): void;
  hasEnded(): boolean;
  /** Ends it, and resolves when its keeper has ended too: the pipes close with the last of them. */
  end(signal: NodeJS.Signals): Promise<{ readonly code: number | null; readonly signal: NodeJS.Signals | null }>;
  printed(): string;
}

/** Longest start, in milliseconds; a busy machine may need much of it. */
const startDeadline = 60_000;

export function startSignerProcess(configFile: string, environment: Record<string, string>): SignerProcess {
  const { process: child, done, printed } = startAttestor(["signer", "--config", configFile], { environment });
  const hasEnded = () => child.exitCode !== null || child.signalCode !== null;
  async function ports(): Promise<{ port: number; opsPort: number }> {
    const deadline = Date.now() + startDeadline;
    while (Date.now() < deadline && !hasEnded()) {
      const line = printed()
        .split("\n")
        .find((each) => each.includes('"listening"'));
      if (line) return JSON.parse(line);
      await pause(10);
    }
    throw new Error(`the signer did not start: ${printed()}`);
  }

  return {
    hasEnded,
    printed,
    ready: async () => (await ports()).port,
    async readiness() {
      const answer = await fetch(`http://127.0.0.1:${(await ports()).opsPort}/readyz`);
      return (await answer.json()) as { ready: boolean; reasons: string[] };
    },
    signal: (signal) => void child.kill(signal),
    async end(signal) {
      child.kill(signal);
      const { code } = await done;
      return { code, signal: child.signalCode };
    },
  };
}
