import { setTimeout as pause } from "node:timers/promises";

/** Waits until `probe` gives a value, asking every 10 ms; fails after the deadline, naming what it waited for. */
export async function until<T>(what: string, probe: () => T | undefined | false, deadline = 10_000): Promise<T> {
  const end = Date.now() + deadline;
  for (;;) {
    const value = await probe();
    if (value !== undefined && value !== false) return value;
    if (Date.now() > end) throw new Error(`waited ${deadline} ms for ${what}`);
    await pause(10);
  }
}

/** Whether a process exists and is not merely waiting for its parent to notice its end. */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
