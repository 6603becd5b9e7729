import { AttestorError } from "../shared/errors/index.ts";

interface Waiting {
  readonly go: () => void;
}

/**
 * Lets a limited number of tasks run at a time. The owners of those that wait take turns, however many tasks each of them has;
 * the tasks of one owner go on in the order in which they came.
 */
export class FairTurns {
  readonly #longestWaitMs: number;
  /** By owner, in the order of their turns; none is empty. */
  readonly #queues = new Map<string, Waiting[]>();
  readonly #atOnce: () => number;
  #running = 0;

  /**
   * @param atOnce how many may run at a time now. Where it falls, those that run go on, and fewer come after them.
   * @param longestWaitMs longest that a task waits for its turn, in milliseconds.
   */
  constructor(atOnce: () => number, longestWaitMs: number) {
    this.#atOnce = atOnce;
    this.#longestWaitMs = longestWaitMs;
  }

  /** @throws AttestorError `overloaded` for a task that never had its turn; what the task throws. */
  async take<T>(owner: string, task: () => Promise<T>): Promise<T> {
    if (this.#running < this.#atOnce()) this.#running += 1;
    else await this.#wait(owner);
    try {
      return await task();
    } finally {
      this.#running -= 1;
      while (this.#running < this.#atOnce() && this.#next()) this.#running += 1;
    }
  }

  #wait(owner: string): Promise<void> {
    return new Promise((resolve, reject) => {
      const queue = this.#queues.get(owner) ?? [];
      this.#queues.set(owner, queue);
      const giveUp = () => {
        this.#remove(owner, queue, queue.indexOf(waiting));
        const reason = "the HSM had more to sign than it could in time";
        reject(new AttestorError("overloaded", { reason, retryAfterSeconds: 1 }));
      };
      const late = setTimeout(giveUp, this.#longestWaitMs);
      const go = () => {
        clearTimeout(late);
        resolve();
      };
      const waiting = { go };
      queue.push(waiting);
    });
  }

  /** Lets the first task of the owner whose turn it is go on, and puts that owner behind the others. */
  #next(): boolean {
    const [first] = this.#queues;
    if (!first) return false;
    const [owner, queue] = first;
    const waiting = queue[0];
    this.#queues.delete(owner);
    this.#queues.set(owner, queue);
    this.#remove(owner, queue, 0);
    waiting?.go();
    return waiting !== undefined;
  }

  #remove(owner: string, queue: Waiting[], at: number): void {
    queue.splice(at, 1);
    if (queue.length === 0) this.#queues.delete(owner);
  }
}
