import { existsSync, statSync } from "node:fs";
import type { Clock } from "../../shared/clock/index.ts";
import { AttestorError } from "../../shared/errors/index.ts";
import type { Logger } from "../../shared/log/index.ts";
import type { Store } from "../store/index.ts";

/** What came of a backup. */
export interface BackupReport {
  readonly file: string;
  /** Milliseconds since 1970. */
  readonly finishedAt: number;
  readonly bytes: number;
  /** Why there is none, or null. */
  readonly fault: string | null;
}

/** The backups of a service: one at a time, at an operator's wish. */
export interface Backups {
  /** Begins a backup. @throws AttestorError `conflict` while one runs, or where the file exists. */
  request(file: string): void;
  state(): { readonly running: boolean; readonly last: BackupReport | undefined };
  /** Breaks off what runs; resolves when it has ended. */
  cancel(): Promise<void>;
}

export function createBackups(store: Store, { clock, logger }: { clock: Clock; logger: Logger }): Backups {
  const stop = new AbortController();
  let running: Promise<void> | undefined;
  let last: BackupReport | undefined;

  async function run(file: string): Promise<void> {
    let fault: string | null = null;
    try {
      await store.backUp(file, stop.signal);
    } catch (error) {
      if (!(error instanceof AttestorError)) throw error;
      fault = error.message;
    } finally {
      running = undefined;
    }
    last = { file, finishedAt: clock.now(), bytes: fault === null ? statSync(file).size : 0, fault };
    if (fault === null) logger.info(last, "made a backup");
    else logger.warn(last, "made no backup");
  }

  return {
    request(file) {
      if (running || stop.signal.aborted) throw new AttestorError("conflict", { reason: "A backup runs already" });
      if (existsSync(file)) {
        throw new AttestorError("conflict", { reason: `${file} exists already; it is left as it is` });
      }
      running = run(file);
    },
    state: () => ({ running: running !== undefined, last }),
    async cancel() {
      stop.abort();
      await running;
    },
  };
}
