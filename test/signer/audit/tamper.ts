import Database from "better-sqlite3";
import { emptyChain, recordHash } from "../../../signer/audit/index.ts";

interface Row {
  record: string;
  hash: string;
}

/**
 * Does to a ledger's audit chain what whoever owns its host can do: writes other records into a table without constraints.
 *
 * @param relink true writes every hash anew, as somebody would who wants the chain to look sound.
 */
export function tamper(file: string, relink: boolean, change: (rows: Row[]) => void): void {
  const database = new Database(file);
  try {
    const rows = database.prepare<[], Row>("SELECT record, hash FROM audit ORDER BY sequence").all();
    change(rows);
    if (relink) {
      let head = emptyChain.head;
      rows.forEach((row, index) => {
        row.record = row.record.replace(/"sequence":"\d+"\}$/, `"sequence":"${index + 1}"}`);
        head = recordHash(head, row.record);
        row.hash = head;
      });
    }
    database.exec("DROP TABLE audit; CREATE TABLE audit (sequence INTEGER PRIMARY KEY, record, hash)");
    const insert = database.prepare("INSERT INTO audit (sequence, record, hash) VALUES (?, ?, ?)");
    rows.forEach((row, index) => void insert.run(index + 1, row.record, row.hash));
  } finally {
    database.close();
  }
}
