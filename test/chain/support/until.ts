import { setTimeout as pause } from "node:timers/promises";

/**
 * Asks again until there is an answer (anything but undefined and false).
 *
 * @throws naming `what` if there is none within a minute.
 */
export async function until<T>(
  what: string,
  ask: () => T | Promise<T>,
): Promise<Exclude<Awaited<T>, undefined | false>> {
  const deadline = performance.now() + 60_000;
  for (;;) {
    const answer = await ask();
    if (answer !== undefined && answer !== false) return answer as Exclude<Awaited<T>, undefined | false>;
    if (performance.now() > deadline) throw new Error(`waited in vain for ${what}`);
    await pause(25);
  }
}
