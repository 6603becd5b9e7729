import { Turns } from "../turns.ts";
import type { SessionHandle } from "./cryptoki.ts";

/** Opens and closes sessions with one token. */
export interface SessionSource {
  open(): SessionHandle;
  close(session: SessionHandle): void;
}

/**
 * A fixed number of sessions, opened when first needed, each used by one operation at a time.
 *
 * A session on which an operation failed is closed and another one is opened for the next operation: it may be left in
 * an active operation for good, and PKCS#11 2.40 has no way to cancel one.
 */
export class SessionPool {
  readonly #source: SessionSource;
  readonly #turns: Turns;
  readonly #idle: SessionHandle[] = [];

  constructor(source: SessionSource, size: number) {
    this.#source = source;
    this.#turns = new Turns(size);
  }

  /** Runs an operation with a session that nothing else uses meanwhile. */
  use<T>(operation: (session: SessionHandle) => Promise<T>): Promise<T> {
    return this.#turns.take(async () => {
      const session = this.#idle.pop() ?? this.#source.open();
      try {
        const result = await operation(session);
        this.#idle.push(session);
        return result;
      } catch (error) {
        this.#source.close(session);
        throw error;
      }
    });
  }
}
