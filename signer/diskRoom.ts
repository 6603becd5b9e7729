import { statfsSync } from "node:fs";
import { faultName } from "../shared/errors/index.ts";

/** Bytes that must be free: enough to go on recording while people make room. */
const needed = 512 * 1024 ** 2;

/** Bytes that an unprivileged user can still write to the file system of a folder. */
export function freeBytes(folder: string): number {
  const { bavail, bsize } = statfsSync(folder);
  return bavail * bsize;
}

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
