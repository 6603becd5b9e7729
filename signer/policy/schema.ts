/**
 * Every policy that was in force, the latest version being the one that is; and every statement of operators that was
 * used, so that none is used twice.
 */
export const policySchema = `
CREATE TABLE policies (
  version INTEGER PRIMARY KEY CHECK (version >= 1),
  hash TEXT NOT NULL UNIQUE CHECK (length(hash) = 66 AND hash GLOB '0x*' AND substr(hash, 3) NOT GLOB '*[^0-9a-f]*'),
  text TEXT NOT NULL CHECK (length(text) > 0),
  operators TEXT NOT NULL CHECK (json_type(operators) = 'array'),
  since_ms INTEGER NOT NULL
) STRICT;

CREATE TRIGGER policies_only_rise BEFORE INSERT ON policies
WHEN NEW.version <= (SELECT coalesce(max(version), 0) FROM policies)
BEGIN
  SELECT RAISE(ABORT, 'a policy has a higher version than the one before');
END;

CREATE TRIGGER policies_never_change BEFORE UPDATE ON policies
BEGIN
  SELECT RAISE(ABORT, 'a recorded policy never changes');
END;

CREATE TRIGGER policies_are_never_deleted BEFORE DELETE ON policies
BEGIN
  SELECT RAISE(ABORT, 'a recorded policy is never deleted');
END;

CREATE TABLE spent_statements (
  hash TEXT PRIMARY KEY CHECK (length(hash) = 66 AND hash GLOB '0x*' AND substr(hash, 3) NOT GLOB '*[^0-9a-f]*'),
  statement TEXT NOT NULL,
  operators TEXT NOT NULL CHECK (json_array_length(operators) >= 1),
  spent_at_ms INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TRIGGER spent_statements_never_change BEFORE UPDATE ON spent_statements
BEGIN
  SELECT RAISE(ABORT, 'a used statement stays used');
END;

CREATE TRIGGER spent_statements_are_never_deleted BEFORE DELETE ON spent_statements
BEGIN
  SELECT RAISE(ABORT, 'a used statement stays used');
END;
`;
