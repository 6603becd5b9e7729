/**
 * The part of a report of vitest's JSON reporter that is read here.
 *
 * @typedef {object} TimedReport
 * @property {readonly { name: string, startTime?: number, endTime?: number }[]} testResults one a file; milliseconds
 * since 1970
 */

/** How long `npm test` may take on the smallest machine that runs it, in seconds; the set-up before comes on top. */
export const budgetSeconds = 600;

/**
 * Where the time of a run went, as lines for a person.
 *
 * @param {TimedReport | undefined} report nothing if vitest left none
 * @param {string} root the folder that the files are named from
 * @returns {string[]} the ten slowest files, the longest first
 */
export function slowestFiles(report, root) {
  const files = (report?.testResults ?? []).map(({ name, startTime = 0, endTime = 0 }) => ({
    name: name.startsWith(`${root}/`) ? name.slice(root.length + 1) : name,
    seconds: (endTime - startTime) / 1000,
  }));
  files.sort((one, other) => other.seconds - one.seconds);
  return files.slice(0, 10).map(({ name, seconds }) => `${seconds.toFixed(1).padStart(7)} s  ${name}`);
}

/**
 * @param {number} seconds how long everything took
 * @returns {string}
 */
export function againstBudget(seconds) {
  const share = Math.round((seconds / budgetSeconds) * 100);
  return `${seconds.toFixed(0)} s of the ${budgetSeconds} s that the checks may take (${share} %)`;
}
