import { lstatSync, statSync } from "node:fs";
import path from "node:path";
import { oncePerTurn } from "../../oncePerTurn.ts";
import type { Transaction } from "../../state/index.ts";
import { byFile, pause } from "./pauses.ts";

/**
 * A file `paused` in the signer's state folder: an operator at the machine can make it when nothing else works, and before
 * the signer starts. It only pauses. Deleting it does not resume.
 */
export interface PauseFile {
  isThere(): boolean;
  /** Pauses everything if the file is there, as it was seen first in this turn of the event loop. */
  take(transaction: Transaction): void;
}

export function pauseFileIn(stateFolder: string): PauseFile {
  const file = path.join(stateFolder, "paused");
  /** What keeps us from looking is thrown: a folder that cannot be reached may hold the file. */
  const isThere = () => {
    if (lstatSync(file, { throwIfNoEntry: false })) return true;
    statSync(path.join(stateFolder, "."));
    return false;
  };
  const wasThere = oncePerTurn(isThere);
  return {
    isThere,
    take(transaction) {
      if (wasThere()) pause(transaction, undefined, byFile, "found in the state folder");
    },
  };
}
