import { readdirSync, readFileSync } from "node:fs";

/** Microseconds in a clock tick of /proc: USER_HZ is 100 on every Linux machine. */
const tick = 10_000;

/** CPU that a process has used in all its threads, in microseconds; 0 once it has ended. */
export function cpuOf(pid: number): number {
  const [user = 0, system = 0] = fieldsOf(pid).slice(11, 13).map(Number);
  return (user + system) * tick;
}

/** Resident memory in MiB. */
export function memoryOf(pid: number): number {
  return (Number(fieldsOf(pid)[21] ?? 0) * 4_096) / 2 ** 20;
}

/** Process ids of the children, of all threads. */
export function childrenOf(pid: number): number[] {
  try {
    return readdirSync(`/proc/${pid}/task`).flatMap((thread) =>
      readFileSync(`/proc/${pid}/task/${thread}/children`, "utf8").split(" ").filter(Boolean).map(Number),
    );
  } catch {
    return [];
  }
}

/** The fields of /proc/PID/stat after the name, which may hold blanks (proc(5)). */
function fieldsOf(pid: number): string[] {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, "utf8");
    return text.slice(text.lastIndexOf(") ") + 2).split(" ");
  } catch {
    return [];
  }
}
