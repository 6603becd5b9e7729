import { statfsSync } from "node:fs";
import { faultName } from "../shared/errors/index.ts";
import type { MonotonicClock } from "./gate/index.ts";

/** Bytes that must be free: enough to go on recording while people make room. */
const needed = 512 * 1024 ** 2;

/** Bytes that an unprivileged user can still write to the file system of a folder. */
export function freeBytes(folder: string): number {
  const { bavail, bsize } = statfsSync(folder);
  return bavail * bsize;
}

/** How long a look at the free disk counts, in milliseconds: the fastest signer writes a few MiB meanwhile. */
const freshMs = 250;

/** Why nothing may be signed for lack of disk, or undefined if there is room. */
export function lackOfRoom(folder: string, free: typeof freeBytes): string | undefined {
  try {
    const bytes = free(folder);
    if (bytes >= needed) return undefined;
    return `only ${Math.floor(bytes / 1024 ** 2)} MiB of disk are free where the ledger is, and 512 are needed`;
  } catch (error) {
    return `how much disk is free where the ledger is cannot be told (${faultName(error)})`;
  }
}

/** Looks again at every call while something is wrong, and else once in a while: a request alone would pay for each look. */
export function lookNowAndThen(look: () => string | undefined, monotonic: Pick<MonotonicClock, "now">) {
  let freshUntilMs = Number.NEGATIVE_INFINITY;
  return (): string | undefined => {
    const nowMs = monotonic.now();
    if (nowMs < freshUntilMs) return undefined;
    const wrong = look();
    if (wrong === undefined) freshUntilMs = nowMs + freshMs;
    return wrong;
  };
}
