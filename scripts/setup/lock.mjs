import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

const retryMs = { min: 100, max: 500 };

/**
 * @typedef {object} Lock
 * @property {(pid: number) => void} shareWith keeps the lock for as long as that process lives, whatever becomes of us
 * @property {() => void} release
 */

/**
 * Lets one set-up at a time work on a folder. Every process that wants the lock first puts down a ticket with its own
 * name and then looks at the others: whoever sees a living process' ticket takes its own back and tries again later.
 * Of two that come together at least one sees the other, so two never hold the lock, and a crashed process holds
 * nothing, because its ticket names a process that is gone.
 *
 * @param {string} folder for the tickets; created if missing
 * @param {{ signal: AbortSignal, onWait: (pid: number) => void }} options `onWait` is called once, with a holder's pid
 * @returns {Promise<Lock>}
 */
export async function acquireLock(folder, { signal, onWait }) {
  let hasWaited = false;
  for (;;) {
    signal.throwIfAborted();
    const ticket = putTicket(folder, process.pid);
    const [holder] = livingTickets(folder).filter((name) => name !== ticket);
    if (holder === undefined) return heldLock(folder, ticket);
    takeBack(folder, ticket);
    if (!hasWaited) onWait(Number.parseInt(holder, 10));
    hasWaited = true;
    // A random wait, so that two that came together do not meet for ever.
    await sleep(retryMs.min + Math.random() * (retryMs.max - retryMs.min));
  }
}

/**
 * @param {string} folder
 * @param {string} ticket
 * @returns {Lock}
 */
function heldLock(folder, ticket) {
  const tickets = [ticket];
  return {
    shareWith: (pid) => void tickets.push(putTicket(folder, pid)),
    release: () => {
      for (const name of tickets) takeBack(folder, name);
    },
  };
}

/**
 * @param {string} folder
 * @param {number} pid
 * @returns {string} the ticket's name
 */
function putTicket(folder, pid) {
  const name = `${pid}-${startTime(pid) ?? "gone"}`;
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, name), "");
  return name;
}

/**
 * @param {string} folder
 * @param {string} name
 */
function takeBack(folder, name) {
  rmSync(join(folder, name), { force: true });
}

/**
 * @param {string} folder
 * @returns {string[]} the tickets of running processes; the others are swept away
 */
function livingTickets(folder) {
  return readdirSync(folder).filter((name) => {
    const [pid, startedAt] = name.split("-");
    const isAlive = startedAt !== undefined && startTime(Number(pid)) === startedAt;
    if (!isAlive) takeBack(folder, name);
    return isAlive;
  });
}

/**
 * A pid is used again after a while, a pid with its start time is not. Systems without /proc have to do with the pid.
 *
 * @param {number} pid
 * @returns {string | undefined} nothing if no such process runs
 */
function startTime(pid) {
  try {
    // proc_pid_stat(5): the name in parentheses may hold anything; after it come the state (field 3) and, as field 22,
    // the start time in clock ticks since boot.
    const fields = readFileSync(`/proc/${pid}/stat`, "utf8").split(") ").at(-1)?.split(" ") ?? [];
    return fields[0] === "Z" ? undefined : fields[19];
  } catch {
    return process.platform === "linux" ? undefined : pidIsTaken(pid) ? "0" : undefined;
  }
}

/** @param {number} pid */
function pidIsTaken(pid) {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return /** @type {NodeJS.ErrnoException} */ (error).code === "EPERM";
  }
}
