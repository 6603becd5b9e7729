import { setTimeout as pause } from "node:timers/promises";

/**
 * Asks again and again until the answer is yes.
 *
 * @param ask a refusal (rejection) counts as not yet.
 * @param deadline in milliseconds.
 * @returns false when the deadline passed, or when `signal` aborted.
 */
export async function until(ask: () => Promise<boolean>, deadline: number, signal?: AbortSignal): Promise<boolean> {
  const end = performance.now() + deadline;
  while (performance.now() < end && !signal?.aborted) {
    if (await ask().catch(() => false)) return true;
    await pause(100);
  }
  return false;
}
