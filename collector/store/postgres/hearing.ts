import pg from "pg";
import { channel } from "./schema.ts";

/** After a connection broke, in milliseconds; then what was missed is looked for. */
const reconnectAfter = 1_000;

/**
 * Hears of what any process stored, on a connection of its own. A connection that breaks is made again; what was stored
 * meanwhile is made up for by a call without cause.
 *
 * @param onBroken called when the connection breaks, or cannot be made: often the first sign that the database is gone.
 */
export function createHearing(
  config: pg.ClientConfig,
  onBroken: () => void,
): {
  on(listener: () => void): () => void;
  close(): Promise<void>;
} {
  const listeners = new Set<() => void>();
  const tell = () => {
    for (const listener of listeners) listener();
  };
  let client: pg.Client | undefined;
  let retry: NodeJS.Timeout | undefined;
  let isClosed = false;

  async function connect(): Promise<void> {
    const mine = new pg.Client(config);
    client = mine;
    let isOver = false;
    const again = () => {
      if (isOver) return;
      isOver = true;
      void mine.end().catch(() => {});
      if (isClosed) return;
      retry = setTimeout(() => void connect(), reconnectAfter);
      onBroken();
    };
    mine.on("error", again);
    mine.on("end", again);
    mine.on("notification", tell);
    try {
      await mine.connect();
      await mine.query(`LISTEN ${channel}`);
      tell();
    } catch {
      again();
    }
  }
  void connect();

  return {
    on(listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    async close() {
      isClosed = true;
      clearTimeout(retry);
      await client?.end().catch(() => {});
    },
  };
}
