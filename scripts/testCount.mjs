/**
 * The part of a report of vitest's JSON reporter that is read here.
 *
 * @typedef {object} Report
 * @property {number} numPassedTests
 * @property {number} numFailedTests
 * @property {readonly { status: string, assertionResults: readonly { status: string }[] }[]} testResults one a file
 */

/**
 * @param {Report | undefined} report nothing if vitest left none
 * @param {boolean} isClean vitest's own verdict
 * @returns {{ passed: number, failed: number }} tests; a file that fails outside its tests, and a run that fails without
 * naming a test, count as one failed test each, so that no failure hides behind "0 failed"
 */
export function countTests(report, isClean) {
  if (report === undefined) return { passed: 0, failed: 1 };
  const brokenFiles = report.testResults.filter(
    (file) => file.status === "failed" && !file.assertionResults.some((test) => test.status === "failed"),
  );
  const failed = report.numFailedTests + brokenFiles.length;
  return { passed: report.numPassedTests, failed: isClean ? failed : Math.max(failed, 1) };
}
