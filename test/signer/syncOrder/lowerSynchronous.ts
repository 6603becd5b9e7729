import Database from "better-sqlite3";

/**
 * To be imported before the signer: its commits do not wait for the disk any more. Who claims that they do must notice.
 */
const { pragma } = Database.prototype;
Database.prototype.pragma = function lowered(source, options) {
  return pragma.call(this, source === "synchronous = FULL" ? "synchronous = NORMAL" : source, options);
};
