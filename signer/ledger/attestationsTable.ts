import { decimal, padded } from "./columnForms.ts";

/** An SQL condition on a column. */
type Form = (column: string) => string;

/** One row per packet id and deployment. */
export const attestationsTable = (
  table: string,
  { packetHash, digest, signature }: Readonly<Record<"packetHash" | "digest" | "signature", Form>>,
) => `
CREATE TABLE ${table} (
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
  packet_hash TEXT NOT NULL CHECK ${packetHash("packet_hash")},
  digest TEXT NOT NULL CHECK ${digest("digest")},
  reserved_at_ms INTEGER NOT NULL,
  state TEXT NOT NULL CHECK (state IN ('SIGNING', 'SIGNED')),
  signature TEXT CHECK ${signature("signature")},
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
`;

/** What no statement of any program may do to the rows. */
export const attestationsRules = `
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
`;
