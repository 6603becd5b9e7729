/** A reason why set-up cannot go on, worded so that the reader knows what to do next. */
export class SetupError extends Error {}

/** @typedef {(line: string) => void} Say */

/**
 * What each step is given.
 *
 * @typedef {object} Context
 * @property {Say} say
 * @property {AbortSignal} signal
 * @property {(pid: number) => void} onStart to be told of each child process
 */

/**
 * Everything set-up has to say goes to stderr, so that the output of the command that follows stays clean.
 *
 * @type {Say}
 */
export function say(line) {
  process.stderr.write(`set-up: ${line}\n`);
}

/**
 * @param {number} startedAt milliseconds, from `Date.now()`
 * @returns {string} the time since then, such as `4.2 s`
 */
export function elapsed(startedAt) {
  return `${((Date.now() - startedAt) / 1000).toFixed(1)} s`;
}
