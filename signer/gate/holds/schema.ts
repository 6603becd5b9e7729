/**
 * What waits for people or for its time. A hold is about one exact content: packet, verdict and so digest. `review` holds
 * expire; `announced` ones are the first sight of a content and stay until it is reserved. A dropped one stays, and denies.
 *
 * Of each approval and requester every certificate pin has a row: one key never approves under two names. `at_ms` is 0 for the
 * keys that an approval did not come with.
 */
export const holdsSchema = `
CREATE TABLE gate_holds (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  reason TEXT NOT NULL CHECK (reason IN ('review', 'announced')),
  deployment TEXT NOT NULL,
  source TEXT NOT NULL,
  destination TEXT NOT NULL,
  sequence TEXT NOT NULL,
  digest TEXT NOT NULL,
  route TEXT NOT NULL,
  client TEXT NOT NULL,
  request TEXT NOT NULL CHECK (json_valid(request)),
  since_ms INTEGER NOT NULL,
  expires_ms INTEGER CHECK ((expires_ms IS NULL) = (reason = 'announced')),
  dropped_by TEXT,
  UNIQUE (deployment, source, destination, sequence, digest, reason)
) STRICT;

CREATE INDEX gate_holds_by_client ON gate_holds (client, reason);

CREATE TABLE gate_hold_rules (
  hold INTEGER NOT NULL REFERENCES gate_holds ON DELETE CASCADE,
  rule TEXT NOT NULL,
  inputs TEXT NOT NULL CHECK (json_valid(inputs)),
  PRIMARY KEY (hold, rule)
) STRICT, WITHOUT ROWID;

CREATE TABLE gate_hold_requesters (
  hold INTEGER NOT NULL REFERENCES gate_holds ON DELETE CASCADE,
  client TEXT NOT NULL,
  pin TEXT NOT NULL,
  PRIMARY KEY (hold, client, pin)
) STRICT, WITHOUT ROWID;

CREATE TABLE gate_hold_approvals (
  hold INTEGER NOT NULL REFERENCES gate_holds ON DELETE CASCADE,
  operator TEXT NOT NULL,
  pin TEXT NOT NULL,
  at_ms INTEGER NOT NULL,
  PRIMARY KEY (hold, pin)
) STRICT, WITHOUT ROWID;

CREATE TRIGGER gate_holds_keep_their_content BEFORE UPDATE OF
  id, reason, deployment, source, destination, sequence, digest, request, since_ms, expires_ms
ON gate_holds
BEGIN
  SELECT RAISE(ABORT, 'a hold is about one content for good');
END;
`;

/**
 * When each key first announced a content. A wait counts from the first one whose key still is its client's. Contents that
 * were announced before this table was there have none: their wait begins anew when a client asks again.
 */
export const sightsSchema = `
CREATE TABLE gate_sights (
  hold INTEGER NOT NULL REFERENCES gate_holds ON DELETE CASCADE,
  client TEXT NOT NULL,
  pin TEXT NOT NULL,
  at_ms INTEGER NOT NULL,
  PRIMARY KEY (hold, client, pin)
) STRICT, WITHOUT ROWID;

CREATE TRIGGER gate_sights_never_change BEFORE UPDATE ON gate_sights
BEGIN
  SELECT RAISE(ABORT, 'a first sight stays where it was');
END;
`;
