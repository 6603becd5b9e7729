/** The ledger whose place this one is kept for. Without a row the ledger is nobody's standby. */
export const standbySchema = `
CREATE TABLE standby (
  only INTEGER PRIMARY KEY CHECK (only = 1),
  of_ledger TEXT NOT NULL CHECK (length(of_ledger) = 32 AND of_ledger NOT GLOB '*[^0-9a-f]*'),
  took_over_at_ms INTEGER
) STRICT;

CREATE TRIGGER standby_is_never_deleted BEFORE DELETE ON standby
BEGIN
  SELECT RAISE(ABORT, 'a standby stays one until it has taken over');
END;

CREATE TRIGGER standby_takes_over_once BEFORE UPDATE ON standby
WHEN OLD.took_over_at_ms IS NOT NULL OR NEW.of_ledger <> OLD.of_ledger
BEGIN
  SELECT RAISE(ABORT, 'a standby takes over once');
END;
`;
