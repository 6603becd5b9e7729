import type { Store } from "../store/index.ts";

/** How long a change waits for others, in milliseconds: as long as a disk takes for a commit. */
const gatherMs = 5;

/**
 * Makes a change in one transaction with others that come at about the same time: a commit waits for the disk, and the
 * whole service waits with it. The change is on disk when the promise resolves.
 */
export type GroupCommit = (change: () => void) => Promise<void>;

interface Waiting {
  readonly change: () => void;
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

/** A change that fails spoils no other: all of its group are then made again, each by itself. */
export function createGroupCommit({ atomically }: Pick<Store, "atomically">): GroupCommit {
  let group: Waiting[] = [];

  function commit(): void {
    const changes = group;
    group = [];
    try {
      atomically(() => {
        for (const { change } of changes) change();
      });
    } catch {
      for (const one of changes) commitAlone(one);
      return;
    }
    for (const { resolve } of changes) resolve();
  }

  function commitAlone({ change, resolve, reject }: Waiting): void {
    try {
      atomically(change);
      resolve();
    } catch (error) {
      reject(error);
    }
  }

  return (change) => {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    group.push({ change, resolve, reject });
    if (group.length === 1) setTimeout(commit, gatherMs);
    return promise;
  };
}
