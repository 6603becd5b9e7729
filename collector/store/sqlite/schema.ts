import type { DatabaseKind } from "../../../shared/sqlite/index.ts";

/**
 * Integers of a packet id go beyond SQLite's 64 bits signed, so they are decimal text; times are milliseconds since
 * 1970. The primary keys of `statement` and `conflict` are the rule "one statement an attestor and packet id, and one
 * proof that it made another". `instance` holds one row for as long as the file lives: attestors see by it that a store
 * was replaced.
 */
export const collectorDatabase: DatabaseKind = {
  applicationId: 0x48_41_43_4f, // "HACO"
  migrations: [
    `
    CREATE TABLE instance (id TEXT NOT NULL) STRICT;
    INSERT INTO instance VALUES (lower(hex(randomblob(16))));

    CREATE TABLE packet_id (
      position INTEGER PRIMARY KEY,
      deployment TEXT NOT NULL,
      source TEXT NOT NULL,
      destination TEXT NOT NULL,
      sequence TEXT NOT NULL,
      UNIQUE (source, destination, sequence, deployment)
    ) STRICT;

    CREATE TABLE request (
      position INTEGER PRIMARY KEY,
      deployment TEXT NOT NULL,
      source TEXT NOT NULL,
      destination TEXT NOT NULL,
      sequence TEXT NOT NULL,
      height TEXT,
      transaction_hash TEXT,
      requested_at INTEGER NOT NULL,
      UNIQUE (deployment, source, destination, sequence)
    ) STRICT;

    CREATE TABLE packet (
      position INTEGER NOT NULL REFERENCES packet_id,
      packet_hash TEXT NOT NULL,
      white_digest TEXT NOT NULL,
      flagged_digest TEXT NOT NULL,
      content TEXT NOT NULL CHECK (json_valid(content)),
      UNIQUE (position, packet_hash)
    ) STRICT;

    CREATE TABLE statement (
      position INTEGER NOT NULL REFERENCES packet_id,
      signer TEXT NOT NULL,
      digest TEXT NOT NULL,
      signature TEXT NOT NULL,
      claims TEXT CHECK (json_valid(claims)),
      received_at INTEGER NOT NULL,
      PRIMARY KEY (position, signer)
    ) STRICT, WITHOUT ROWID;

    CREATE TABLE conflict (
      position INTEGER NOT NULL,
      signer TEXT NOT NULL,
      digest TEXT NOT NULL,
      signature TEXT NOT NULL,
      claims TEXT CHECK (json_valid(claims)),
      received_at INTEGER NOT NULL,
      PRIMARY KEY (position, signer),
      FOREIGN KEY (position, signer) REFERENCES statement
    ) STRICT, WITHOUT ROWID;
    `,
    // Each statement's place in the order of what was stored or completed, for readers who follow it.
    `
    ALTER TABLE statement ADD COLUMN event INTEGER;
    UPDATE statement SET event = numbered.event
    FROM (SELECT position, signer, row_number() OVER (ORDER BY received_at, position, signer) AS event FROM statement)
      AS numbered
    WHERE statement.position = numbered.position AND statement.signer = numbered.signer;
    CREATE UNIQUE INDEX statement_event ON statement (event);
    `,
    // Each packet id's place in lists, given when its first content is stored: a digest may have come long before it, and
    // readers who have passed that place would never see the packet.
    `
    ALTER TABLE packet_id ADD COLUMN listed INTEGER;
    UPDATE packet_id SET listed = position WHERE position IN (SELECT position FROM packet);
    CREATE UNIQUE INDEX packet_id_listed ON packet_id (listed);
    CREATE UNIQUE INDEX packet_id_route ON packet_id (deployment, source, destination, listed) WHERE listed IS NOT NULL;
    CREATE TRIGGER packet_is_listed AFTER INSERT ON packet BEGIN
      UPDATE packet_id SET listed = (SELECT coalesce(max(listed), 0) + 1 FROM packet_id)
      WHERE position = NEW.position AND listed IS NULL;
    END;
    `,
  ],
};
