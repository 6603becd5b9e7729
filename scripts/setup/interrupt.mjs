import { constants } from "node:os";

/** Set-up was stopped by a signal; `exitCode` is the shell's convention, 128 plus the signal's number. */
export class Interrupted extends Error {
  /** @param {NodeJS.Signals} signal */
  constructor(signal) {
    super(`interrupted by ${signal}`);
    this.exitCode = 128 + constants.signals[signal];
  }
}

/** @type {NodeJS.Signals[]} */
const stopSignals = ["SIGINT", "SIGTERM", "SIGHUP"];

/**
 * Turns the signals that stop a program into an abort, so that each step can end its child and clean up.
 *
 * @returns {{ signal: AbortSignal, stop: () => void }} `signal` aborts with an {@link Interrupted}
 */
export function watchInterrupts() {
  const controller = new AbortController();
  /** @param {NodeJS.Signals} name */
  const onSignal = (name) => controller.abort(new Interrupted(name));
  for (const name of stopSignals) process.on(name, onSignal);
  const stop = () => {
    for (const name of stopSignals) process.off(name, onSignal);
  };
  return { signal: controller.signal, stop };
}
