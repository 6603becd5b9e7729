/**
 * Fourth schema: archived packets that a collector asks for, since when each gap is known, and when each route was last
 * read again.
 */
export const extrasSchema = `
-- What collectors asked for again after it was archived: as outbox, which holds what is not archived.
CREATE TABLE archive_outbox (
  packet_id INTEGER NOT NULL REFERENCES archive (id),
  collector TEXT NOT NULL,
  state TEXT NOT NULL DEFAULT 'waiting' CHECK (state IN ('waiting', 'acknowledged', 'conflict')),
  attempts INTEGER NOT NULL DEFAULT 0,
  next_try_at INTEGER NOT NULL DEFAULT 0,
  reason_code TEXT,
  reason TEXT,
  settled_at INTEGER,
  queued_at INTEGER NOT NULL,
  PRIMARY KEY (packet_id, collector),
  CHECK ((state = 'waiting') = (settled_at IS NULL))
) STRICT, WITHOUT ROWID;

CREATE INDEX archive_outbox_by_work ON archive_outbox (collector, next_try_at) WHERE state = 'waiting';
CREATE INDEX archive_outbox_by_age ON archive_outbox (collector, queued_at) WHERE state = 'waiting';

-- A conflict is a person's to look at: asking again does not bring it back.
CREATE TRIGGER archive_outbox_settles_once BEFORE UPDATE OF state ON archive_outbox WHEN OLD.state = 'conflict'
BEGIN SELECT RAISE(ABORT, 'a refused delivery stays as it is'); END;

-- Numbers that the contract counted and nobody shows, both ends included, and since when that has been known.
CREATE TABLE gaps (
  deployment TEXT NOT NULL,
  source TEXT NOT NULL,
  destination TEXT NOT NULL,
  first TEXT NOT NULL,
  last TEXT NOT NULL,
  since INTEGER NOT NULL,
  PRIMARY KEY (deployment, source, destination, first),
  FOREIGN KEY (deployment, source, destination) REFERENCES routes
) STRICT, WITHOUT ROWID;

-- When a night's rescan of the route was last completed, or the route was first seen; milliseconds since 1970.
ALTER TABLE routes ADD COLUMN rescanned_at INTEGER;
`;
