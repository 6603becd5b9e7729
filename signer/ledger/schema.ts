import { attestationsRules, attestationsTable } from "./attestationsTable.ts";
import { accountSignature, decimal, field, hex, padded } from "./columnForms.ts";

const appendOnly = (table: string) => `
CREATE TRIGGER ${table}_never_change BEFORE UPDATE ON ${table}
BEGIN
  SELECT RAISE(ABORT, 'what was imported never changes');
END;

CREATE TRIGGER ${table}_are_never_deleted BEFORE DELETE ON ${table}
BEGIN
  SELECT RAISE(ABORT, 'what was imported never changes');
END;
`;

const hash = (column: string) => hex(column, 32);
const signature = (column: string) => hex(column, 65);
const either = (one: (column: string) => string, other: (column: string) => string) => (column: string) =>
  `(${one(column)} OR ${other(column)})`;

/**
 * One row per packet id and deployment. Integers beyond 64 bits signed are text; the sequence is padded to 20 digits, so
 * that the primary key sorts as numbers do.
 *
 * The triggers hold against any statement of any program: a row is never deleted and never replaced, its content never
 * changes, and the only change is SIGNING → SIGNED, once.
 *
 * What was imported: `attestations.import` names where a row came from; a `closures` row says that another ledger may have
 * signed anything on a route up to its watermark, but for the sequences in `openings`.
 */
export const ledgerSchema = `
CREATE TABLE imports (
  number INTEGER PRIMARY KEY,
  ledger TEXT NOT NULL,
  file_hash TEXT NOT NULL CHECK ${hex("file_hash", 32)},
  at_ms INTEGER NOT NULL
) STRICT;

${attestationsTable("attestations", { packetHash: hash, digest: hash, signature })}
${attestationsRules}
CREATE TABLE closures (
  import INTEGER NOT NULL REFERENCES imports (number),
  deployment TEXT NOT NULL,
  source TEXT NOT NULL CHECK ${decimal("source", 39)},
  destination TEXT NOT NULL CHECK ${decimal("destination", 39)},
  watermark TEXT NOT NULL CHECK ${padded("watermark")},
  PRIMARY KEY (deployment, source, destination, import)
) STRICT, WITHOUT ROWID;

CREATE TABLE openings (
  import INTEGER NOT NULL,
  deployment TEXT NOT NULL,
  source TEXT NOT NULL,
  destination TEXT NOT NULL,
  first TEXT NOT NULL CHECK ${padded("first")},
  last TEXT NOT NULL CHECK ${padded("last")},
  CHECK (first <= last),
  PRIMARY KEY (deployment, source, destination, import, first),
  FOREIGN KEY (deployment, source, destination, import) REFERENCES closures (deployment, source, destination, import)
) STRICT, WITHOUT ROWID;
${["imports", "closures", "openings"].map(appendOnly).join("")}`;

/** Hashes and signatures of every digest scheme: those towards Aleo are fields, and accounts there sign in another form. */
export const ledgerOfAnyScheme = `
${attestationsTable("attestations_of_any_scheme", {
  packetHash: either(hash, field),
  digest: either(hash, field),
  signature: either(signature, accountSignature),
})}
INSERT INTO attestations_of_any_scheme SELECT * FROM attestations;
DROP TABLE attestations;
ALTER TABLE attestations_of_any_scheme RENAME TO attestations;
${attestationsRules}`;
