import type { DatabaseKind } from "../../shared/sqlite/index.ts";
import { cursorTimeSchema } from "./cursorTimeSchema.ts";
import { extrasSchema } from "./extrasSchema.ts";
import { scaleSchema } from "./scaleSchema.ts";

/** Times are milliseconds since 1970, block times Unix seconds; integers of a packet are decimal text (up to 256 bits). */
const firstSchema = `
CREATE TABLE transitions (
  from_state TEXT NOT NULL,
  to_state TEXT NOT NULL,
  PRIMARY KEY (from_state, to_state)
) STRICT, WITHOUT ROWID;
INSERT INTO transitions VALUES
  ('requested', 'observed'),
  ('observed', 'final'), ('observed', 'orphaned'), ('observed', 'refused'),
  ('orphaned', 'observed'),
  ('final', 'due'),
  ('due', 'screened'),
  ('screened', 'signed'), ('screened', 'held'), ('screened', 'refused'),
  ('held', 'signed'), ('held', 'refused'),
  ('refused', 'final'),
  ('signed', 'delivered'), ('signed', 'executed'),
  ('delivered', 'executed');

-- A route and how far its source chain has been read: up to scanned_height nothing is missing, and up to there the
-- contract had counted to counter.
CREATE TABLE routes (
  deployment TEXT NOT NULL,
  source TEXT NOT NULL,
  destination TEXT NOT NULL,
  source_bridge TEXT NOT NULL,
  destination_bridge TEXT NOT NULL,
  scanned_height INTEGER,
  scanned_hash TEXT,
  counter TEXT,
  PRIMARY KEY (deployment, source, destination),
  CHECK ((scanned_height IS NULL) = (counter IS NULL))
) STRICT, WITHOUT ROWID;

CREATE TRIGGER cursor_never_goes_back BEFORE UPDATE OF scanned_height ON routes
WHEN NEW.scanned_height IS NULL AND OLD.scanned_height IS NOT NULL OR NEW.scanned_height < OLD.scanned_height
BEGIN SELECT RAISE(ABORT, 'a cursor never goes back'); END;

-- The newest final blocks of each chain, by the bridge's chain id, as a quorum served them.
CREATE TABLE final_blocks (
  chain TEXT NOT NULL,
  height INTEGER NOT NULL CHECK (height >= 0),
  hash TEXT NOT NULL,
  parent_hash TEXT NOT NULL,
  PRIMARY KEY (chain, height)
) STRICT, WITHOUT ROWID;

CREATE TRIGGER final_blocks_are_children BEFORE INSERT ON final_blocks
WHEN EXISTS (
  SELECT 1 FROM final_blocks WHERE chain = NEW.chain AND height = NEW.height - 1 AND hash <> NEW.parent_hash)
BEGIN SELECT RAISE(ABORT, 'a final block is the child of the one below it'); END;

CREATE TRIGGER final_blocks_stay_the_same BEFORE UPDATE ON final_blocks
BEGIN SELECT RAISE(ABORT, 'a final block does not change'); END;

-- What stopped a chain, with the evidence (JSON), and when a person resumed it.
CREATE TABLE chain_stops (
  id INTEGER PRIMARY KEY,
  chain TEXT NOT NULL,
  reason TEXT NOT NULL,
  evidence TEXT NOT NULL,
  stopped_at INTEGER NOT NULL,
  resumed_at INTEGER
) STRICT;

CREATE UNIQUE INDEX a_chain_is_stopped_once ON chain_stops (chain) WHERE resumed_at IS NULL;

CREATE TRIGGER chain_stops_stay BEFORE DELETE ON chain_stops
BEGIN SELECT RAISE(ABORT, 'evidence is never deleted'); END;

-- What stops a route until a person has looked.
CREATE TABLE stops (
  deployment TEXT NOT NULL,
  source TEXT NOT NULL,
  destination TEXT NOT NULL,
  reason TEXT NOT NULL,
  stopped_at INTEGER NOT NULL,
  PRIMARY KEY (deployment, source, destination),
  FOREIGN KEY (deployment, source, destination) REFERENCES routes
) STRICT, WITHOUT ROWID;

-- Packets that collectors ask for and that are not stored: state requested. One ends in the transaction that stores it.
CREATE TABLE requests (
  deployment TEXT NOT NULL,
  source TEXT NOT NULL,
  destination TEXT NOT NULL,
  sequence TEXT NOT NULL CHECK (sequence NOT GLOB '*[^0-9]*' AND sequence <> ''),
  hint_height INTEGER,
  requested_at INTEGER NOT NULL,
  attempts INTEGER NOT NULL DEFAULT 0,
  next_try_at INTEGER NOT NULL DEFAULT 0,
  reason_code TEXT,
  reason TEXT,
  PRIMARY KEY (deployment, source, destination, sequence),
  FOREIGN KEY (deployment, source, destination) REFERENCES routes
) STRICT, WITHOUT ROWID;

CREATE TRIGGER requests_are_not_stored_packets BEFORE INSERT ON requests
WHEN EXISTS (SELECT 1 FROM packets WHERE deployment = NEW.deployment AND source = NEW.source
  AND destination = NEW.destination AND sequence = NEW.sequence)
BEGIN SELECT RAISE(ABORT, 'the packet is stored'); END;

CREATE TABLE packets (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  deployment TEXT NOT NULL,
  source TEXT NOT NULL,
  destination TEXT NOT NULL,
  sequence TEXT NOT NULL CHECK (sequence NOT GLOB '*[^0-9]*' AND sequence <> ''),
  state TEXT NOT NULL CHECK (state IN (
    'observed', 'final', 'due', 'screened', 'signed', 'delivered', 'executed', 'held', 'refused', 'orphaned')),
  block_height INTEGER NOT NULL CHECK (block_height >= 0),
  block_hash TEXT NOT NULL,
  block_time INTEGER NOT NULL,
  transaction_hash TEXT NOT NULL,
  log_index INTEGER NOT NULL,
  dispatched TEXT NOT NULL,
  dispatch_hash TEXT NOT NULL,
  packet TEXT,
  packet_hash TEXT,
  defect TEXT,
  verdict_result TEXT CHECK (verdict_result IN ('white', 'flagged')),
  verdict_source TEXT,
  verdict_version TEXT,
  verdict_at TEXT,
  findings TEXT CHECK (json_valid(findings)),
  attestation TEXT,
  executed_hash TEXT,
  executed_vote TEXT,
  searched_height INTEGER,
  instant INTEGER NOT NULL DEFAULT 0 CHECK (instant IN (0, 1)),
  attempts INTEGER NOT NULL DEFAULT 0,
  next_try_at INTEGER NOT NULL DEFAULT 0,
  reason_code TEXT,
  reason TEXT,
  requested_at INTEGER,
  observed_at INTEGER NOT NULL,
  final_at INTEGER,
  due_at INTEGER,
  screened_at INTEGER,
  signed_at INTEGER,
  delivered_at INTEGER,
  executed_at INTEGER,
  held_at INTEGER,
  refused_at INTEGER,
  orphaned_at INTEGER,
  UNIQUE (deployment, source, destination, sequence),
  FOREIGN KEY (deployment, source, destination) REFERENCES routes,
  CHECK ((packet IS NULL) = (defect IS NOT NULL) AND (packet IS NULL) = (packet_hash IS NULL)),
  CHECK (packet IS NOT NULL OR state IN ('observed', 'orphaned', 'refused')),
  CHECK ((verdict_result IS NULL) = (verdict_source IS NULL)
    AND (verdict_result IS NULL) = (verdict_version IS NULL)
    AND (verdict_result IS NULL) = (verdict_at IS NULL)),
  CHECK (verdict_result IS NOT NULL OR state NOT IN ('screened', 'held', 'signed', 'delivered', 'executed')),
  CHECK ((attestation IS NOT NULL) = (state IN ('signed', 'delivered', 'executed'))),
  CHECK (attestation IS NULL
    OR final_at IS NOT NULL AND due_at IS NOT NULL AND screened_at IS NOT NULL AND signed_at IS NOT NULL),
  CHECK (state <> 'executed' OR executed_hash = packet_hash)
) STRICT;

CREATE INDEX packets_by_work ON packets (deployment, source, destination, state, next_try_at);
CREATE INDEX packets_by_block ON packets (deployment, source, destination, block_height);
CREATE INDEX packets_by_state ON packets (state);
CREATE INDEX packets_in_trouble ON packets (id) WHERE reason_code IS NOT NULL;

CREATE INDEX instant_packets ON packets (deployment, source, destination, block_time)
  WHERE state = 'final' AND instant = 1;

CREATE TRIGGER packets_begin_observed BEFORE INSERT ON packets WHEN NEW.state <> 'observed'
BEGIN SELECT RAISE(ABORT, 'a packet begins as observed'); END;

CREATE TRIGGER packets_take_legal_transitions BEFORE UPDATE OF state ON packets
WHEN NEW.state <> OLD.state
  AND NOT EXISTS (SELECT 1 FROM transitions WHERE from_state = OLD.state AND to_state = NEW.state)
BEGIN SELECT RAISE(ABORT, 'not a legal transition'); END;

CREATE TRIGGER packets_keep_identity BEFORE UPDATE OF id, deployment, source, destination, sequence ON packets
BEGIN SELECT RAISE(ABORT, 'a packet keeps its identity'); END;

CREATE TRIGGER packets_keep_content
BEFORE UPDATE OF block_height, block_hash, block_time, transaction_hash, log_index, dispatched, dispatch_hash,
  packet, packet_hash, defect ON packets
WHEN NOT (OLD.state = 'orphaned' AND NEW.state = 'observed')
BEGIN SELECT RAISE(ABORT, 'content changes only when an orphaned packet is seen again'); END;

CREATE TRIGGER packets_keep_verdict
BEFORE UPDATE OF verdict_result, verdict_source, verdict_version, verdict_at, findings ON packets
WHEN OLD.verdict_result IS NOT NULL
  AND NOT (OLD.verdict_result = 'white' AND NEW.verdict_result = 'flagged' AND OLD.state IN ('screened', 'held'))
BEGIN SELECT RAISE(ABORT, 'a verdict is given once'); END;

CREATE TRIGGER packets_keep_attestation BEFORE UPDATE OF attestation ON packets WHEN OLD.attestation IS NOT NULL
BEGIN SELECT RAISE(ABORT, 'an attestation is stored once'); END;

CREATE TRIGGER packets_stay BEFORE DELETE ON packets
BEGIN SELECT RAISE(ABORT, 'a packet is never deleted'); END;

-- One row per packet and collector that has to get its attestation.
CREATE TABLE outbox (
  packet_id INTEGER NOT NULL REFERENCES packets (id),
  collector TEXT NOT NULL,
  state TEXT NOT NULL DEFAULT 'waiting' CHECK (state IN ('waiting', 'acknowledged', 'conflict')),
  attempts INTEGER NOT NULL DEFAULT 0,
  next_try_at INTEGER NOT NULL DEFAULT 0,
  reason_code TEXT,
  reason TEXT,
  settled_at INTEGER,
  -- Since when it waits, and how often it was handed in anew after it had been settled.
  queued_at INTEGER NOT NULL,
  round INTEGER NOT NULL DEFAULT 0,
  PRIMARY KEY (packet_id, collector),
  CHECK ((state = 'waiting') = (settled_at IS NULL))
) STRICT, WITHOUT ROWID;

CREATE INDEX outbox_by_work ON outbox (collector, state, next_try_at);
CREATE INDEX outbox_by_age ON outbox (collector, state, queued_at);
CREATE INDEX outbox_in_trouble ON outbox (packet_id) WHERE state = 'waiting' AND attempts > 0;

-- The id of each collector's store: when it changes, what the old one had is not there any more.
CREATE TABLE collectors (
  name TEXT NOT NULL PRIMARY KEY,
  instance TEXT NOT NULL,
  seen_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TRIGGER outbox_settles_once BEFORE UPDATE OF state ON outbox
WHEN OLD.state <> 'waiting' AND NOT (NEW.state = 'waiting' AND NEW.round = OLD.round + 1)
BEGIN SELECT RAISE(ABORT, 'a settled delivery stays as it is'); END;
`;

/** By when they were signed, so that the newest attestation of a route is found without reading all of them. */
const signingIndex = `
CREATE INDEX packets_by_signing ON packets (deployment, source, destination, signed_at) WHERE attestation IS NOT NULL;
`;

/** The chain-service's database. */
export const chainDatabase: DatabaseKind = {
  applicationId: 0x48_53_43_48, // "HSCH"
  migrations: [firstSchema, signingIndex, scaleSchema, extrasSchema, cursorTimeSchema],
};
