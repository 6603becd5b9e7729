import Database from "better-sqlite3";

/**
 * To be imported before the signer: from one SIGUSR2 to the next, SQLite finds no room for a further page of any database
 * that is open for writing, as on a disk that is full.
 */
const written = new Set<Database.Database>();
let isFull = false;

const { pragma } = Database.prototype;
Database.prototype.pragma = function remembered(source, options) {
  if (source === "journal_mode = WAL") written.add(this);
  return pragma.call(this, source, options);
};

process.on("SIGUSR2", () => {
  isFull = !isFull;
  for (const database of written) {
    const pages = isFull ? database.pragma("page_count", { simple: true }) : 2 ** 30;
    database.pragma(`max_page_count = ${Number(pages)}`);
  }
  process.stdout.write(isFull ? "the disk is full\n" : "the disk has room\n");
});
