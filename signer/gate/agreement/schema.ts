/** What each client submitted last for a packet that waits for agreement: one proposal per client and packet id. */
export const agreementSchema = `
CREATE TABLE gate_proposals (
  deployment TEXT NOT NULL,
  source TEXT NOT NULL,
  destination TEXT NOT NULL,
  sequence TEXT NOT NULL,
  client TEXT NOT NULL,
  packet_hash TEXT NOT NULL,
  digest TEXT NOT NULL,
  verdict TEXT NOT NULL CHECK (verdict IN ('white', 'flagged')),
  at_ms INTEGER NOT NULL,
  PRIMARY KEY (deployment, source, destination, sequence, client)
) STRICT, WITHOUT ROWID;

CREATE INDEX gate_proposals_by_client ON gate_proposals (client);
`;

/**
 * The key that a proposal came with. One that was made before this column was there counts no more; its client makes it again when
 * it asks again.
 */
export const proposalPinSchema = "ALTER TABLE gate_proposals ADD COLUMN pin TEXT;";
