/** Opens and closes sessions with one token. */
export interface SessionSource<S> {
  open(): S;
  close(session: S): void;
  /** Whether opening failed because the token has no room for one more. */
  isFull(error: unknown): boolean;
}

interface Waiting<S> {
  resolve(session: S): void;
  reject(error: unknown): void;
}

/** So many operations must come out well before one more is let run at a time. */
const successesToGrow = 50;

/** And so many where the token had no room each time before. */
const mostToGrow = 51_200;

/**
 * A bounded number of sessions, opened when first needed, each used by one operation at a time; who waits is served in
 * order.
 *
 * A session on which an operation failed is closed: it may be left in an active operation for good, and PKCS#11 2.40 has
 * no way to cancel one. Where the token has no room for a further session, or is asked to be spared, fewer operations
 * run at a time, and one more again after every {@link successesToGrow} that came out well.
 */
export class SessionPool<S> {
  readonly #source: SessionSource<S>;
  readonly #size: number;
  readonly #waiting: Waiting<S>[] = [];
  #idle: S[] = [];
  /** Sessions in use that are to be closed when they come back. */
  #outdated = new Set<S>();
  readonly #busy = new Set<S>();
  #limit: number;
  #successes = 0;
  #toGrow = successesToGrow;
  /** How many sessions there were when the token had no room for one more. */
  #room = Number.POSITIVE_INFINITY;

  constructor(source: SessionSource<S>, size: number) {
    this.#source = source;
    this.#size = size;
    this.#limit = size;
  }

  /** How many operations may run at a time now. */
  get limit(): number {
    return this.#limit;
  }

  /** Runs an operation with a session that nothing else uses meanwhile. */
  async use<T>(operation: (session: S) => Promise<T>): Promise<T> {
    const session = await this.#take();
    try {
      const result = await operation(session);
      this.#giveBack(session);
      return result;
    } catch (error) {
      this.#outdated.add(session);
      this.#giveBack(session);
      throw error;
    }
  }

  /** Halves the number of operations that run at a time. */
  spare(): void {
    this.#limit = Math.max(1, Math.floor(this.#limit / 2));
    this.#successes = 0;
  }

  /** Gives up every session: the idle ones at once, those in use when their operation ends. */
  renew(): void {
    for (const session of this.#idle) this.#source.close(session);
    this.#idle = [];
    this.#outdated = new Set(this.#busy);
  }

  #take(): Promise<S> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ resolve, reject });
      this.#serve();
    });
  }

  #giveBack(session: S): void {
    this.#busy.delete(session);
    if (this.#outdated.delete(session)) this.#source.close(session);
    else {
      this.#idle.push(session);
      this.#succeeded();
    }
    this.#serve();
  }

  #succeeded(): void {
    this.#successes += 1;
    const wanted = this.#limit < this.#room ? successesToGrow : this.#toGrow;
    if (this.#limit >= this.#size || this.#successes < wanted) return;
    this.#limit += 1;
    this.#successes = 0;
  }

  #serve(): void {
    while (this.#waiting.length > 0 && this.#busy.size < this.#limit) {
      try {
        const session = this.#idle.pop() ?? this.#open();
        this.#busy.add(session);
        this.#waiting.shift()?.resolve(session);
      } catch (error) {
        if (this.#busy.size > 0 && this.#source.isFull(error)) {
          this.#limit = this.#busy.size;
          this.#successes = 0;
          this.#room = this.#busy.size;
          this.#toGrow = Math.min(mostToGrow, this.#toGrow * 2);
        } else this.#waiting.shift()?.reject(error);
      }
    }
  }

  #open(): S {
    const session = this.#source.open();
    if (this.#busy.size >= this.#room) {
      this.#room = Number.POSITIVE_INFINITY;
      this.#toGrow = successesToGrow;
    }
    return session;
  }
}
