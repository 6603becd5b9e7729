import type { Logger } from "../log/index.ts";

/** A running service: `stop` ends it in order, finishing what it has begun. */
export interface RunningService {
  stop(): Promise<void>;
  /** Settles when the service ends by itself; rejects with the reason if it cannot go on. */
  readonly ended: Promise<void>;
}

/** Longest time an orderly stop may take before the process exits regardless, in milliseconds. */
const stopDeadline = 10_000;

/**
 * Runs a service until SIGTERM, SIGINT or its own end, then stops it in order; a signal during the start waits for the
 * start first, so that nothing half-started is left behind. A second signal does not wait.
 *
 * @throws whatever makes the service unable to start or to go on.
 */
export async function runUntilSignal(start: () => Promise<RunningService>, logger: Logger): Promise<void> {
  const signalled = Promise.withResolvers<void>();
  let deadline: NodeJS.Timeout | undefined;
  const beginStop = () => {
    deadline ??= setTimeout(() => giveUp(logger), stopDeadline).unref();
  };
  const onSignal = (signal: NodeJS.Signals) => {
    if (deadline) process.exit(130);
    beginStop();
    logger.info({ signal }, "stopping");
    signalled.resolve();
  };
  process.on("SIGTERM", onSignal);
  process.on("SIGINT", onSignal);
  try {
    const service = await start();
    try {
      await Promise.race([service.ended, signalled.promise]);
    } catch (error) {
      beginStop();
      logger.error({ err: error }, "cannot go on, stopping");
      await service.stop();
      throw error;
    }
    beginStop();
    await service.stop();
    logger.info("stopped");
  } finally {
    clearTimeout(deadline);
    process.off("SIGTERM", onSignal);
    process.off("SIGINT", onSignal);
  }
}

function giveUp(logger: Logger): never {
  logger.error({ seconds: stopDeadline / 1_000 }, "could not stop in order in time, ending anyway");
  process.exit(1);
}
