/** A decimal integer in its one spelling, of at most `digits` digits. */
const decimal = (column: string, digits: number) =>
  `(length(${column}) BETWEEN 1 AND ${digits} AND ${column} NOT GLOB '*[^0-9]*' AND (${column} = '0' OR ${column} NOT GLOB '0*'))`;

/** `0x` and exactly `bytes` bytes of lower-case hex. */
const hex = (column: string, bytes: number) =>
  `(length(${column}) = ${2 + 2 * bytes} AND ${column} GLOB '0x*' AND substr(${column}, 3) NOT GLOB '*[^0-9a-f]*')`;

/** A u64 in 20 digits, so that text sorts as numbers do. */
const padded = (column: string) =>
  `(length(${column}) = 20 AND ${column} NOT GLOB '*[^0-9]*' AND ${column} <= '18446744073709551615')`;

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

CREATE TABLE attestations (
  deployment TEXT NOT NULL CHECK (length(deployment) BETWEEN 1 AND 64),
  source TEXT NOT NULL CHECK ${decimal("source", 39)},
  destination TEXT NOT NULL CHECK ${decimal("destination", 39)},
  sequence TEXT NOT NULL CHECK ${padded("sequence")},
  version INTEGER NOT NULL CHECK (version BETWEEN 0 AND 255),
  source_address TEXT NOT NULL,
  destination_address TEXT NOT NULL,
  dest_token_address TEXT NOT NULL,
  sender_address TEXT NOT NULL,
  amount TEXT NOT NULL CHECK ${decimal("amount", 39)},
  receiver_address TEXT NOT NULL,
  height TEXT NOT NULL CHECK ${decimal("height", 20)},
  verdict TEXT NOT NULL CHECK (verdict IN ('white', 'flagged')),
  screening_source TEXT NOT NULL,
  screening_version TEXT NOT NULL,
  screened_at TEXT NOT NULL,
  sources TEXT NOT NULL,
  assurance TEXT NOT NULL,
  client TEXT NOT NULL,
  scheme TEXT NOT NULL,
  packet_hash TEXT NOT NULL CHECK ${hex("packet_hash", 32)},
  digest TEXT NOT NULL CHECK ${hex("digest", 32)},
  reserved_at_ms INTEGER NOT NULL,
  state TEXT NOT NULL CHECK (state IN ('SIGNING', 'SIGNED')),
  signature TEXT CHECK ${hex("signature", 65)},
  signer TEXT,
  custody TEXT CHECK (custody IN ('hsm', 'kms', 'sealed-software')),
  released_at_ms INTEGER,
  import INTEGER REFERENCES imports (number),
  PRIMARY KEY (deployment, source, destination, sequence),
  CHECK ((state = 'SIGNED') = (signature IS NOT NULL)),
  CHECK ((signature IS NULL) = (signer IS NULL)),
  CHECK ((signature IS NULL) = (custody IS NULL)),
  CHECK ((signature IS NULL) = (released_at_ms IS NULL))
) STRICT, WITHOUT ROWID;

CREATE INDEX attestations_by_packet ON attestations (source, destination, sequence);

CREATE TRIGGER attestations_are_never_deleted BEFORE DELETE ON attestations
BEGIN
  SELECT RAISE(ABORT, 'a row of the ledger is never deleted');
END;

CREATE TRIGGER attestations_are_never_replaced BEFORE INSERT ON attestations
WHEN EXISTS (
  SELECT 1 FROM attestations
  WHERE deployment = NEW.deployment AND source = NEW.source AND destination = NEW.destination AND sequence = NEW.sequence
)
BEGIN
  SELECT RAISE(ABORT, 'a row of the ledger is never replaced');
END;

CREATE TRIGGER attestations_are_released_once BEFORE UPDATE ON attestations
WHEN NOT (OLD.state = 'SIGNING' AND NEW.state = 'SIGNED')
BEGIN
  SELECT RAISE(ABORT, 'a row of the ledger only goes from SIGNING to SIGNED');
END;

CREATE TRIGGER attestations_keep_their_content BEFORE UPDATE OF
  deployment, source, destination, sequence, version, source_address, destination_address, dest_token_address,
  sender_address, amount, receiver_address, height, verdict, screening_source, screening_version, screened_at, sources,
  assurance, client, scheme, packet_hash, digest, reserved_at_ms, import
ON attestations
BEGIN
  SELECT RAISE(ABORT, 'the content of a row of the ledger never changes');
END;

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
