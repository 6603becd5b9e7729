/** How long after a look the next one comes while the database cannot be used, in milliseconds. */
const lookAgainAfter = 1_000;

/** Whether the database can be used, as far as known. Only a write proves it: a full or read-only one still answers reads. */
export interface Health {
  /** Why it cannot; undefined if it can. */
  fault(): string | undefined;
  /** Something failed for that reason. From now on the database is looked at until a write succeeds. */
  failed(reason: string): void;
  /** Something was written. */
  wrote(): void;
  /** Looks now, because there may be a fault that no request has met. */
  look(): void;
  /** Resolves when nothing looks any more. */
  close(): Promise<void>;
}

/**
 * Who sends requests goes away from a store that is said not to be ready, so that none of them would find it well again:
 * it looks for itself.
 *
 * @param tryToWrite writes what changes nothing; a rejection is a fault only if it calls `failed`.
 */
export function createHealth(tryToWrite: () => Promise<void>): Health {
  let fault: string | undefined;
  let timer: NodeJS.Timeout | undefined;
  let looking: Promise<void> | undefined;
  let isClosed = false;

  function look(): void {
    clearTimeout(timer);
    timer = undefined;
    if (isClosed) return;
    looking ??= tryToWrite()
      .then(() => {
        fault = undefined;
      })
      .catch(() => {}) // whoever tried has said why
      .finally(() => {
        looking = undefined;
        if (fault !== undefined) lookLater();
      });
  }

  function lookLater(): void {
    if (!isClosed && !looking) timer ??= setTimeout(look, lookAgainAfter).unref();
  }

  return {
    fault: () => fault,
    failed(reason) {
      fault = reason;
      lookLater();
    },
    wrote() {
      fault = undefined;
    },
    look,
    async close() {
      isClosed = true;
      clearTimeout(timer);
      await looking;
    },
  };
}
