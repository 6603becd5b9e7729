import { describe, expect, it } from "vitest";
import { SessionPool, type SessionSource } from "../../../hsm/pkcs11/sessionPool.ts";

function source(): SessionSource & { opened: number; readonly closed: number[] } {
  const made = {
    opened: 0,
    closed: [] as number[],
    open: () => {
      made.opened += 1;
      return Buffer.of(made.opened);
    },
    close: (session: Buffer) => void made.closed.push(session[0] ?? 0),
  };
  return made;
}

describe("SessionPool", () => {
  it("opens no more sessions than its size, and none before it is needed", async () => {
    const sessions = source();
    const pool = new SessionPool(sessions, 2);
    expect(sessions.opened).toBe(0);
    await Promise.all(Array.from({ length: 7 }, () => pool.use(async () => undefined)));
    expect(sessions.opened).toBe(2);
  });

  it("never gives a session to two operations at a time, and serves them in order", async () => {
    const pool = new SessionPool(source(), 2);
    const inUse = new Set<number>();
    const order: number[] = [];
    const operation = (index: number) =>
      pool.use(async (session) => {
        const number = session[0] ?? 0;
        expect(inUse).not.toContain(number);
        inUse.add(number);
        order.push(index);
        await new Promise((resolve) => setImmediate(resolve));
        inUse.delete(number);
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
    await expect(pool.use(async (session) => session[0])).resolves.toBe(2);
  });

  it("goes on after a session could not be opened", async () => {
    const sessions = source();
    const open = sessions.open;
    const pool = new SessionPool(sessions, 1);
    sessions.open = () => {
      throw new Error("no session");
    };
    await expect(pool.use(async () => undefined)).rejects.toThrow("no session");
    sessions.open = open;
    await expect(pool.use(async () => "done")).resolves.toBe("done");
  });
});
