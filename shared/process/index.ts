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
 * Runs a service until SIGTERM or SIGINT, then stops it in order. A second signal does not wait.
 *
 * @throws whatever makes the service unable to go on.
 */
export async function runUntilSignal(start: () => Promise<RunningService>, logger: Logger): Promise<void> {
  const signalled = Promise.withResolvers<void>();
  let signals = 0;
  const onSignal = (signal: NodeJS.Signals) => {
    signals += 1;
    if (signals > 1) process.exit(130);
    logger.info({ signal }, "stopping");
    signalled.resolve();
  };
  process.on("SIGTERM", onSignal);
  process.on("SIGINT", onSignal);
  try {
    const service = await Promise.race([start(), signalled.promise]);
    if (!service) return;
    await Promise.race([service.ended, signalled.promise]);
    setTimeout(() => process.exit(1), stopDeadline).unref();
    await service.stop();
    logger.info("stopped");
  } finally {
    process.off("SIGTERM", onSignal);
    process.off("SIGINT", onSignal);
  }
}
