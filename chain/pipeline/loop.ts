import type { Clock } from "../../shared/clock/index.ts";
import { faultName } from "../../shared/errors/index.ts";
import { describeError, type Logger } from "../../shared/log/index.ts";
import { faultBackOff, retryDelay } from "../backOff.ts";

/** Shortest pause between two rounds, in milliseconds: whatever a round says, the loop is no busy loop. */
const shortestPause = 10;

/** Something that is done again and again, never twice at the same time. */
export interface Loop {
  /** Runs soon, also if it is running now. */
  wake(): void;
  /** Resolves when the run in progress is over. */
  stop(): Promise<void>;
}

/**
 * Starts a loop.
 *
 * @param run does one round of work and says in how many milliseconds it wants to run again if nothing wakes it. A
 * fault is logged and the round repeated after a back-off: one loop's fault is no other's.
 */
export function startLoop(options: {
  readonly name: string;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Told after each round why it failed, or with undefined that it did not. */
  readonly report: (fault: string | undefined) => void;
  readonly run: () => Promise<number>;
}): Loop {
  const { name, clock, logger, report, run } = options;
  let stopped = false;
  let awake = false;
  let alarm = new AbortController();

  async function round(failures: number): Promise<{ delay: number; failures: number }> {
    try {
      const delay = await run();
      report(undefined);
      return { delay, failures: 0 };
    } catch (error) {
      report(faultText(faultName(error)));
      logger.error(
        { loop: name, err: error, stack: stackOf(error), ...describeError(error) },
        "a round of work failed",
      );
      return { delay: retryDelay(faultBackOff, failures, Math.random()), failures: failures + 1 };
    }
  }

  async function rounds(): Promise<void> {
    let failures = 0;
    while (!stopped) {
      awake = false;
      alarm = new AbortController();
      const result = await round(failures);
      failures = result.failures;
      if (!awake && !stopped) await clock.sleep(Math.max(result.delay, shortestPause), alarm.signal);
    }
  }

  const ended = rounds();
  return {
    wake() {
      awake = true;
      alarm.abort();
    },
    async stop() {
      stopped = true;
      alarm.abort();
      await ended;
    },
  };
}

function faultText(fault: string): string {
  if (fault === "SQLITE_FULL") return "it failed: no space is left for the database; it goes on when there is some";
  return `it failed (${fault}); the log has the details`;
}

/** Where a fault arose, without its message, which may quote an endpoint. */
function stackOf(error: unknown): string[] {
  const frames = error instanceof Error ? (error.stack ?? "").split("\n") : [];
  return frames.filter((line) => /^\s+at /.test(line)).map((line) => line.trim());
}
