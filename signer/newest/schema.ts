/**
 * Attestations by our own keys that a client holds and this ledger did not have: each proves that the ledger is an older
 * copy. While one stands, nothing is signed. It is settled at a start that finds it in the ledger, or its packet closed.
 */
export const newestSchema = `
CREATE TABLE rollback_proofs (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  deployment TEXT NOT NULL,
  source TEXT NOT NULL,
  destination TEXT NOT NULL,
  sequence TEXT NOT NULL,
  digest TEXT NOT NULL,
  signature TEXT NOT NULL,
  attestation TEXT NOT NULL CHECK (json_valid(attestation)),
  presence TEXT NOT NULL CHECK (presence IN ('absent', 'unreleased', 'other')),
  client TEXT NOT NULL,
  proved_at_ms INTEGER NOT NULL,
  settled_at_ms INTEGER
) STRICT;

CREATE UNIQUE INDEX a_rollback_proof_stands_once
  ON rollback_proofs (deployment, source, destination, sequence, digest, signature) WHERE settled_at_ms IS NULL;

CREATE TRIGGER rollback_proofs_are_never_deleted BEFORE DELETE ON rollback_proofs
BEGIN
  SELECT RAISE(ABORT, 'a proof of a rollback is never deleted');
END;

CREATE TRIGGER rollback_proofs_keep_their_content BEFORE UPDATE OF
  id, deployment, source, destination, sequence, digest, signature, attestation, presence, client, proved_at_ms
ON rollback_proofs
BEGIN
  SELECT RAISE(ABORT, 'a proof of a rollback never changes');
END;

CREATE TRIGGER rollback_proofs_are_settled_once BEFORE UPDATE OF settled_at_ms ON rollback_proofs
WHEN OLD.settled_at_ms IS NOT NULL
BEGIN
  SELECT RAISE(ABORT, 'a settled proof of a rollback stays settled');
END;
`;
