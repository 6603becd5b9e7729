// Runs in a worker thread: brings a copied database into one file, reads all of it, and reports what is wrong.
import { parentPort, workerData } from "node:worker_threads";
import Database from "better-sqlite3";

const database = new Database(workerData as string, { fileMustExist: true });
database.pragma("journal_mode = DELETE");
const damage = (database.pragma("integrity_check(1)") as { integrity_check: string }[])
  .map(({ integrity_check }) => integrity_check)
  .filter((line) => line !== "ok");
const orphans = (database.pragma("foreign_key_check") as { table: string }[]).map(
  ({ table }) => `a row of ${table} refers to nothing`,
);
database.close();
parentPort?.postMessage([...damage, ...orphans]);
