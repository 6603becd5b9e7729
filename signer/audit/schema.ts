/**
 * The audit chain: one record a row, in canonical JSON. Only the record and its hash are stored; what it is searched by is
 * read out of the record itself.
 *
 * `checkpoints` are the signed heads: each states that the first `size` records end in `head`.
 *
 * `denials` counts what was denied again within a minute of a record that says the same.
 */
export const auditSchema = `
CREATE TABLE audit (
  sequence INTEGER PRIMARY KEY CHECK (sequence >= 1),
  record TEXT NOT NULL CHECK (json_valid(record) AND json_extract(record, '$.sequence') = CAST(sequence AS TEXT)),
  hash TEXT NOT NULL CHECK (length(hash) = 66 AND hash GLOB '0x*' AND substr(hash, 3) NOT GLOB '*[^0-9a-f]*'),
  kind TEXT GENERATED ALWAYS AS (json_extract(record, '$.kind')) VIRTUAL,
  packet TEXT GENERATED ALWAYS AS (json_extract(record, '$.body.packet')) VIRTUAL
) STRICT;

CREATE INDEX audit_by_packet ON audit (packet, sequence) WHERE packet IS NOT NULL;

CREATE INDEX audit_lives ON audit (sequence) WHERE kind IN ('start', 'stop');

CREATE TRIGGER audit_has_no_gap BEFORE INSERT ON audit
WHEN NEW.sequence <> (SELECT coalesce(max(sequence), 0) + 1 FROM audit)
BEGIN
  SELECT RAISE(ABORT, 'a record of the audit chain follows the last one');
END;

CREATE TRIGGER audit_never_changes BEFORE UPDATE ON audit
BEGIN
  SELECT RAISE(ABORT, 'a record of the audit chain never changes');
END;

CREATE TRIGGER audit_is_never_deleted BEFORE DELETE ON audit
BEGIN
  SELECT RAISE(ABORT, 'a record of the audit chain is never deleted');
END;

CREATE TABLE checkpoints (
  size INTEGER PRIMARY KEY,
  head TEXT NOT NULL,
  at_ms INTEGER NOT NULL,
  signer TEXT NOT NULL,
  signature TEXT NOT NULL
) STRICT;

CREATE TABLE denials (
  client TEXT NOT NULL,
  rule TEXT NOT NULL,
  since_ms INTEGER NOT NULL,
  latest_ms INTEGER NOT NULL,
  count INTEGER NOT NULL CHECK (count >= 0),
  PRIMARY KEY (client, rule)
) STRICT, WITHOUT ROWID;
`;
