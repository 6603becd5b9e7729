import { openStore, type Store } from "../../../chain/store/index.ts";
import type { SqliteDatabase } from "../../../shared/sqlite/index.ts";
import { bridges, bringTo, collectors, key, stored } from "./samples.ts";

/** How many packets of a large store are in which state; everything else is executed. */
export const underWay = { final: 20_000, due: 500, delivered: 2_000 } as const;
type Filled = keyof typeof underWay | "executed";

/** Time of the first block, Unix seconds; one packet every ten seconds follows. */
export const firstTime = 1_700_000_000;

/**
 * Makes a store with that many packets, each a full row with its delivery, as a long life leaves them. Rows are copied
 * inside SQLite, with the triggers that guard single steps put aside meanwhile; every other constraint holds.
 */
export function fillStore(file: string, count: number): void {
  const opened: SqliteDatabase[] = [];
  const store = openStore(file, collectors, (open) => opened.push(open));
  const [database] = opened;
  if (!database) throw new Error("the database was not opened");
  store.routes.open(key, bridges);
  const samples = makeSamples(store);
  withoutTriggers(database, () => {
    const executed = count - Object.values(underWay).reduce((sum, each) => sum + each, 0);
    let first = 5;
    for (const [state, many] of Object.entries({ executed, ...underWay }) as [Filled, number][]) {
      copy(database, samples[state], first, many);
      first += many;
    }
    database.exec(`DELETE FROM outbox WHERE packet_id < 5; DELETE FROM packets WHERE id < 5; DELETE FROM packet_counts;
      INSERT INTO packet_counts SELECT deployment, source, destination, state, count(*) FROM packets GROUP BY 1, 2, 3, 4`);
  });
  store.close();
}

/** One packet in each state, stored by the product's own steps. */
function makeSamples(store: Store): Record<Filled, number> {
  const delivered = bringTo(store, 1n, "delivered");
  const execution = { packetHash: delivered.packetHash ?? "", vote: "white" } as const;
  store.packets.move(delivered, "executed", 7, { execution });
  const id = (sequence: bigint) => stored(store, sequence).id;
  bringTo(store, 2n, "final");
  bringTo(store, 3n, "due");
  bringTo(store, 4n, "delivered");
  return { executed: id(1n), final: id(2n), due: id(3n), delivered: id(4n) };
}

function copy(database: SqliteDatabase, sample: number, first: number, count: number): void {
  const columns = (database.pragma("table_info(packets)") as { name: string }[]).map(({ name }) => name);
  const values = columns.map(
    (name) =>
      ({
        id: "n",
        sequence: "CAST(n AS TEXT)",
        block_height: "n / 4",
        log_index: "n % 4",
        block_time: `${firstTime} + n * 10`,
      })[name] ?? name,
  );
  const numbers = `WITH RECURSIVE numbers(n) AS (SELECT ${first} UNION ALL SELECT n + 1 FROM numbers
    WHERE n < ${first + count - 1})`;
  database.exec(`${numbers} INSERT INTO packets (${columns.join(", ")})
    SELECT ${values.join(", ")} FROM numbers CROSS JOIN packets WHERE packets.id = ${sample}`);
  database.exec(`${numbers} INSERT INTO outbox
    SELECT n, collector, state, attempts, next_try_at, reason_code, reason, settled_at, queued_at, round
    FROM numbers CROSS JOIN outbox WHERE packet_id = ${sample}`);
}

function withoutTriggers(database: SqliteDatabase, work: () => void): void {
  const triggers = database.prepare("SELECT name, sql FROM sqlite_schema WHERE type = 'trigger'").all() as {
    name: string;
    sql: string;
  }[];
  database.pragma("synchronous = OFF");
  database.pragma("cache_size = -200000");
  database.transaction(() => {
    for (const { name } of triggers) database.exec(`DROP TRIGGER ${name}`);
    work();
    for (const { sql } of triggers) database.exec(sql);
  })();
  database.pragma("wal_checkpoint(TRUNCATE)");
}
