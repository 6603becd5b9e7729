/**
 * Numbered migrations: the one at index n brings the schema to version n + 1. Never edited, only added to. The tables are
 * those of the SQLite store, with the same rules as constraints, in a schema of their own so that a database can be shared.
 */
export const migrations: readonly string[] = [
  `
  CREATE TABLE instance (id TEXT NOT NULL, one BOOLEAN NOT NULL DEFAULT TRUE UNIQUE CHECK (one));
  INSERT INTO instance VALUES (replace(gen_random_uuid()::text, '-', ''));

  CREATE SEQUENCE event_number;

  CREATE TABLE packet_id (
    position BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    deployment TEXT NOT NULL,
    source TEXT NOT NULL,
    destination TEXT NOT NULL,
    sequence TEXT NOT NULL,
    UNIQUE (source, destination, sequence, deployment)
  );

  CREATE TABLE request (
    position BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    deployment TEXT NOT NULL,
    source TEXT NOT NULL,
    destination TEXT NOT NULL,
    sequence TEXT NOT NULL,
    height TEXT,
    transaction_hash TEXT,
    requested_at BIGINT NOT NULL,
    UNIQUE (deployment, source, destination, sequence)
  );

  CREATE TABLE packet (
    position BIGINT NOT NULL REFERENCES packet_id,
    arrival BIGINT GENERATED ALWAYS AS IDENTITY,
    packet_hash TEXT NOT NULL,
    white_digest TEXT NOT NULL,
    flagged_digest TEXT NOT NULL,
    content TEXT NOT NULL,
    UNIQUE (position, packet_hash)
  );

  CREATE TABLE statement (
    position BIGINT NOT NULL REFERENCES packet_id,
    signer TEXT NOT NULL,
    digest TEXT NOT NULL,
    signature TEXT NOT NULL,
    claims TEXT,
    received_at BIGINT NOT NULL,
    event BIGINT NOT NULL DEFAULT nextval('event_number') UNIQUE,
    PRIMARY KEY (position, signer)
  );

  CREATE TABLE conflict (
    position BIGINT NOT NULL,
    signer TEXT NOT NULL,
    digest TEXT NOT NULL,
    signature TEXT NOT NULL,
    claims TEXT,
    received_at BIGINT NOT NULL,
    PRIMARY KEY (position, signer),
    FOREIGN KEY (position, signer) REFERENCES statement
  );
  `,
  // Each packet id's place in lists. By a trigger, so that processes of the program before, which may still run, give a
  // packet its place, too. No index of places alone: the planner would walk it past every packet of other routes.
  `
  ALTER TABLE packet_id ADD COLUMN listed BIGINT;
  UPDATE packet_id SET listed = position WHERE position IN (SELECT position FROM packet);
  CREATE UNIQUE INDEX packet_id_route ON packet_id (deployment, source, destination, listed) WHERE listed IS NOT NULL;

  CREATE SEQUENCE listed_number;
  SELECT setval('listed_number', max(listed)) FROM packet_id HAVING max(listed) IS NOT NULL;
  CREATE FUNCTION list_packet() RETURNS trigger LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
  BEGIN
    UPDATE packet_id SET listed = nextval('listed_number') WHERE position = NEW.position AND listed IS NULL;
    RETURN NULL;
  END $$;
  CREATE TRIGGER packet_is_listed AFTER INSERT ON packet FOR EACH ROW EXECUTE FUNCTION list_packet();
  `,
];

/** The schema in the database that the tables are in. */
export const schemaName = "attestor_collector";

/** Where a process tells the others that something was stored. */
export const channel = "attestor_collector_stored";
