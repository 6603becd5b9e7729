import { type Stats, statSync } from "node:fs";

/** What the system tells of a file; nothing of one that is not there, or in another user's folder. */
export function seenFile(file: string): Stats | undefined {
  try {
    return statSync(file, { throwIfNoEntry: false });
  } catch {
    return undefined;
  }
}
