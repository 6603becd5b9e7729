import { readFileSync } from "node:fs";
import { setTimeout as pause } from "node:timers/promises";

/** Waits until `probe` gives a value, asking every 10 ms; fails after the deadline, naming what it waited for. */
export async function until<T>(what: string, probe: () => T | undefined | false, deadline = 20_000): Promise<T> {
  const end = Date.now() + deadline;
  for (;;) {
    const value = await probe();
    if (value !== undefined && value !== false) return value;
    if (Date.now() > end) throw new Error(`waited ${deadline} ms for ${what}`);
    await pause(10);
  }
}

/** Whether a process of this id runs; one that has ended and waits for its parent to notice does not. */
export function isAlive(pid: number): boolean {
  try {
    const afterName = readFileSync(`/proc/${pid}/stat`, "utf8").split(") ").at(-1) ?? "";
    return !/^[ZX]/.test(afterName);
  } catch {
    return false;
  }
}
