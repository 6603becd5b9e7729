/**
 * Third schema: an archive for what is done, and indexes and counts with which no query of the running service reads
 * history.
 */
export const scaleSchema = `
-- Executed packets after a while, out of the way of every query for work. A row of packets with its deliveries, deflated
-- JSON. What proves completeness stays readable: which sequence, in which block, with which content.
CREATE TABLE archive (
  id INTEGER PRIMARY KEY,
  deployment TEXT NOT NULL,
  source TEXT NOT NULL,
  destination TEXT NOT NULL,
  sequence TEXT NOT NULL,
  block_height INTEGER NOT NULL,
  dispatch_hash TEXT NOT NULL,
  archived_at INTEGER NOT NULL,
  content BLOB NOT NULL,
  UNIQUE (deployment, source, destination, sequence),
  FOREIGN KEY (deployment, source, destination) REFERENCES routes
) STRICT;

-- The newest attestation of each route among the archived ones: a signer that starts is shown it.
CREATE TABLE newest_archived (
  deployment TEXT NOT NULL,
  source TEXT NOT NULL,
  destination TEXT NOT NULL,
  signed_at INTEGER NOT NULL,
  sequence TEXT NOT NULL,
  attestation TEXT NOT NULL,
  PRIMARY KEY (deployment, source, destination),
  FOREIGN KEY (deployment, source, destination) REFERENCES routes
) STRICT, WITHOUT ROWID;

CREATE INDEX archive_by_block ON archive (deployment, source, destination, block_height);

CREATE TRIGGER archive_takes_executed_packets BEFORE INSERT ON archive
WHEN NOT EXISTS (SELECT 1 FROM packets WHERE id = NEW.id AND state = 'executed'
  AND deployment = NEW.deployment AND source = NEW.source AND destination = NEW.destination
  AND sequence = NEW.sequence AND block_height = NEW.block_height AND dispatch_hash = NEW.dispatch_hash)
BEGIN SELECT RAISE(ABORT, 'only an executed packet is archived, as it is'); END;

CREATE TRIGGER archive_stays BEFORE DELETE ON archive
BEGIN SELECT RAISE(ABORT, 'a packet is never deleted'); END;

CREATE TRIGGER archive_stays_the_same BEFORE UPDATE ON archive
BEGIN SELECT RAISE(ABORT, 'an archived packet does not change'); END;

DROP TRIGGER packets_stay;
CREATE TRIGGER packets_stay BEFORE DELETE ON packets
WHEN NOT EXISTS (SELECT 1 FROM archive WHERE id = OLD.id)
BEGIN SELECT RAISE(ABORT, 'a packet is never deleted'); END;

CREATE TRIGGER archived_packets_are_not_new BEFORE INSERT ON packets
WHEN EXISTS (SELECT 1 FROM archive WHERE deployment = NEW.deployment AND source = NEW.source
  AND destination = NEW.destination AND sequence = NEW.sequence)
BEGIN SELECT RAISE(ABORT, 'the packet is archived'); END;

CREATE TRIGGER requests_are_not_archived_packets BEFORE INSERT ON requests
WHEN EXISTS (SELECT 1 FROM archive WHERE deployment = NEW.deployment AND source = NEW.source
  AND destination = NEW.destination AND sequence = NEW.sequence)
BEGIN SELECT RAISE(ABORT, 'the packet is archived'); END;

-- How many packets each route has in each state, archived ones as executed.
CREATE TABLE packet_counts (
  deployment TEXT NOT NULL,
  source TEXT NOT NULL,
  destination TEXT NOT NULL,
  state TEXT NOT NULL,
  count INTEGER NOT NULL CHECK (count >= 0),
  PRIMARY KEY (deployment, source, destination, state)
) STRICT, WITHOUT ROWID;
INSERT INTO packet_counts
  SELECT deployment, source, destination, state, count(*) FROM packets GROUP BY 1, 2, 3, 4;

CREATE TRIGGER packets_are_counted AFTER INSERT ON packets
BEGIN
  INSERT INTO packet_counts VALUES (NEW.deployment, NEW.source, NEW.destination, NEW.state, 1)
    ON CONFLICT DO UPDATE SET count = count + 1;
END;

CREATE TRIGGER packets_are_counted_anew AFTER UPDATE OF state ON packets WHEN NEW.state <> OLD.state
BEGIN
  UPDATE packet_counts SET count = count - 1
    WHERE deployment = OLD.deployment AND source = OLD.source AND destination = OLD.destination AND state = OLD.state;
  INSERT INTO packet_counts VALUES (NEW.deployment, NEW.source, NEW.destination, NEW.state, 1)
    ON CONFLICT DO UPDATE SET count = count + 1;
END;

-- Each query for work has its index, in the order in which the work is done.
CREATE INDEX packets_by_age ON packets (deployment, source, destination, state, block_time);
CREATE INDEX observed_packets ON packets (deployment, source, destination, block_height, log_index)
  WHERE state = 'observed';
CREATE INDEX unexecuted_packets ON packets (deployment, source, destination, signed_at)
  WHERE state IN ('signed', 'delivered');
CREATE INDEX executed_packets ON packets (executed_at) WHERE state = 'executed';
`;
