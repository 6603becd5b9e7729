import { readdirSync } from "node:fs";
import { readdir } from "node:fs/promises";
import os from "node:os";

/** By so much they are nicer than the thread that gives them their work. */
const nicer = 5;

/** Linux has a niceness for each thread (sched(7)), and its id is taken where a process id is. */
const ownThreads = "/proc/self/task";

/**
 * Lets the pool's threads, which are inside the vendor's C calls, give way to the main thread, which brings them their work. Where
 * the module signs on this machine's cores, the one that had just been given a digest took the core from the one that had the next
 * digest ready, and the other cores ran dry.
 *
 * To be called before the pool has had anything to do, and while no other thread is being started: the pool's are those that come
 * with its first task, which is this look at them. Where there is no such folder, or no leave, everything stays as it is.
 */
export async function letSigningThreadsGiveWay(): Promise<void> {
  try {
    const before = new Set(readdirSync(ownThreads));
    const pool = (await readdir(ownThreads)).filter((thread) => !before.has(thread));
    const niceness = Math.min(19, os.getPriority() + nicer);
    for (const thread of pool) os.setPriority(Number(thread), niceness);
  } catch {
    // it only costs time
  }
}
