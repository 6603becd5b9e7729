/**
 * `gate_spendings`: every packet that was reserved white, at the gate's time, here or in a ledger whose history was
 * imported. `gate_windows` keeps, for each route and token, the sum of those after `after_ms`, so that a request need not add
 * up a day: amounts are u128, which SQLite cannot add.
 */
export const valueSchema = `
CREATE TABLE gate_spendings (
  deployment TEXT NOT NULL,
  source TEXT NOT NULL,
  destination TEXT NOT NULL,
  sequence TEXT NOT NULL,
  token TEXT NOT NULL,
  amount TEXT NOT NULL CHECK (length(amount) BETWEEN 1 AND 39 AND amount NOT GLOB '*[^0-9]*'),
  at_ms INTEGER NOT NULL,
  PRIMARY KEY (deployment, source, destination, sequence)
) STRICT, WITHOUT ROWID;

CREATE INDEX gate_spendings_by_time ON gate_spendings (deployment, source, destination, token, at_ms);

CREATE TABLE gate_windows (
  deployment TEXT NOT NULL,
  source TEXT NOT NULL,
  destination TEXT NOT NULL,
  token TEXT NOT NULL,
  after_ms INTEGER NOT NULL,
  sum TEXT NOT NULL CHECK (length(sum) >= 1 AND sum NOT GLOB '*[^0-9]*'),
  PRIMARY KEY (deployment, source, destination, token)
) STRICT, WITHOUT ROWID;

CREATE TRIGGER gate_spendings_stay BEFORE DELETE ON gate_spendings
BEGIN
  SELECT RAISE(ABORT, 'what was counted stays counted');
END;

CREATE TRIGGER gate_spendings_never_change BEFORE UPDATE ON gate_spendings
BEGIN
  SELECT RAISE(ABORT, 'what was counted stays counted');
END;
`;
