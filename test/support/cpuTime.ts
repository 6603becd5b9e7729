/**
 * Milliseconds of CPU time that this process spends while something runs: a limit on it holds on a crowded machine too,
 * where a limit on the time of day does not.
 */
export function cpuMilliseconds(run: () => void): number {
  const before = process.cpuUsage();
  run();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1_000;
}
