import { describe, expect, it } from "vitest";
import { SessionPool, type SessionSource } from "../../../hsm/pkcs11/sessionPool.ts";

/** Sessions are numbers from 1. */
interface Source extends SessionSource<number> {
  opened: number;
  readonly closed: number[];
  /** How many the token has room for. */
  room: number;
  /** How often it had none. */
  refused: number;
}

function source(): Source {
  const made: Source = {
    opened: 0,
    closed: [],
    room: 100,
    refused: 0,
    open() {
      if (made.opened - made.closed.length >= made.room) {
        made.refused += 1;
        throw new Error("full");
      }
      made.opened += 1;
      return made.opened;
    },
    close: (session) => void made.closed.push(session),
    isFull: (error) => error instanceof Error && error.message === "full",
  };
  return made;
}

const settle = () => new Promise((resolve) => setImmediate(resolve));

/** Runs so many operations at a time and tells the most that ran at once. */
async function mostAtOnce(pool: SessionPool<number>, operations: number): Promise<number> {
  let running = 0;
  let most = 0;
  const operation = async () => {
    running += 1;
    most = Math.max(most, running);
    await settle();
    running -= 1;
  };
  await Promise.all(Array.from({ length: operations }, () => pool.use(operation)));
  return most;
}

describe("SessionPool", () => {
  it("opens no more sessions than its size, and none before it is needed", async () => {
    const sessions = source();
    const pool = new SessionPool(sessions, 2);
    expect(sessions.opened).toBe(0);
    expect(await mostAtOnce(pool, 7)).toBe(2);
    expect(sessions.opened).toBe(2);
  });

  it("never gives a session to two operations at a time, and serves them in order", async () => {
    const pool = new SessionPool(source(), 2);
    const inUse = new Set<number>();
    const order: number[] = [];
    const operation = (index: number) =>
      pool.use(async (session) => {
        expect(inUse).not.toContain(session);
        inUse.add(session);
        order.push(index);
        await settle();
        inUse.delete(session);
      });
    await Promise.all(Array.from({ length: 20 }, (_, index) => operation(index)));
    expect(order).toEqual(Array.from({ length: 20 }, (_, index) => index));
  });

  it("closes a session on which an operation failed and opens another one", async () => {
    const sessions = source();
    const pool = new SessionPool(sessions, 1);
    const fail = () => pool.use(() => Promise.reject(new Error("broken")));
    await expect(fail()).rejects.toThrow("broken");
    expect(sessions.closed).toEqual([1]);
    await expect(pool.use(async (session) => session)).resolves.toBe(2);
  });

  it("goes on after a session could not be opened", async () => {
    const sessions = source();
    const pool = new SessionPool(sessions, 1);
    sessions.room = 0;
    await expect(pool.use(async () => undefined)).rejects.toThrow("full");
    sessions.room = 1;
    await expect(pool.use(async () => "done")).resolves.toBe("done");
  });

  it("makes do with the sessions that the token has room for: who gets none waits for one", async () => {
    const sessions = source();
    sessions.room = 2;
    const pool = new SessionPool(sessions, 5);
    expect(await mostAtOnce(pool, 20)).toBe(2);
    expect(pool.limit).toBe(2);
  });

  it("asks a full token for one more session ever more rarely, and at once again where it has room", async () => {
    const sessions = source();
    sessions.room = 2;
    const pool = new SessionPool(sessions, 5);
    await mostAtOnce(pool, 3_000);
    expect(sessions.refused).toBeLessThan(8); // each is an alarm, and a round trip during which nothing else is begun
    pool.spare();
    await mostAtOnce(pool, 50);
    expect(pool.limit).toBe(2); // it has had room for so many
    sessions.room = 100;
    await mostAtOnce(pool, 4_000);
    expect(pool.limit).toBe(5);
  });

  it("halves what runs at a time to spare the token, down to one, and grows again by one after 50 successes", async () => {
    const pool = new SessionPool(source(), 5);
    pool.spare();
    expect(await mostAtOnce(pool, 10)).toBe(2);
    pool.spare();
    pool.spare();
    expect(await mostAtOnce(pool, 10)).toBe(1);
    await mostAtOnce(pool, 40);
    expect(pool.limit).toBe(2);
    await mostAtOnce(pool, 500);
    expect(pool.limit).toBe(5);
  });

  it("gives up every session when it is renewed: idle ones at once, those in use when they come back", async () => {
    const sessions = source();
    const pool = new SessionPool(sessions, 2);
    await mostAtOnce(pool, 2);
    const end = Promise.withResolvers<void>();
    const inUse = pool.use(async (session) => {
      await end.promise;
      return session;
    });
    await settle();
    pool.renew();
    expect(sessions.closed).toEqual([1]);
    end.resolve();
    expect(await inUse).toBe(2);
    expect(sessions.closed).toEqual([1, 2]);
    await expect(pool.use(async (session) => session)).resolves.toBe(3);
  });
});
