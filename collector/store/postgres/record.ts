import type pg from "pg";
import { claimsText, idColumns, packetColumns } from "../rows.ts";
import type { KnownPacket, RecordOutcome, Statement } from "../store.ts";
import { channel } from "./schema.ts";

/**
 * Writers take turns, so that positions and events are committed in the order of their numbers: a reader who has seen one
 * never finds a lower one later.
 */
const turn = 0x48_41_43_57;

const findGiven = `
  SELECT statement.digest, statement.claims FROM packet_id JOIN statement USING (position)
  WHERE source = $1 AND destination = $2 AND sequence = $3 AND deployment = $4 AND signer = $5`;
const addPacketId = `
  INSERT INTO packet_id (source, destination, sequence, deployment) VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING`;
const positionOf = `
  SELECT position FROM packet_id WHERE source = $1 AND destination = $2 AND sequence = $3 AND deployment = $4`;
const addPacket = `
  INSERT INTO packet (position, packet_hash, white_digest, flagged_digest, content)
  VALUES ($1, $2, $3, $4, $5) ON CONFLICT DO NOTHING`;
const addStatement = `
  INSERT INTO statement (position, signer, digest, signature, claims, received_at) VALUES ($1, $2, $3, $4, $5, $6)`;
const addConflict = `
  INSERT INTO conflict (position, signer, digest, signature, claims, received_at)
  VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT DO NOTHING`;
const addClaims = `
  UPDATE statement SET claims = $3, event = nextval('event_number')
  WHERE position = $1 AND signer = $2 AND claims IS NULL`;

interface Given {
  readonly digest: string;
  readonly claims: string | null;
}

/** Whether this statement would change nothing: known without a turn, for attestors repeat themselves. */
export async function isKnown(client: Pick<pg.Pool, "query">, statement: Statement): Promise<boolean> {
  const { rows } = await client.query<Given>(findGiven, [...idValues(statement), statement.signer]);
  const [given] = rows;
  return given?.digest === statement.digest && (given.claims !== null || statement.claims === undefined);
}

/** Keeps a statement in the transaction that the client is in. */
export async function record(
  client: pg.ClientBase,
  statement: Statement,
  packet: KnownPacket | undefined,
): Promise<RecordOutcome> {
  const { signer, digest, signature, claims, receivedAt } = statement;
  await client.query("SELECT pg_advisory_xact_lock($1)", [turn]);
  const id = idValues(statement);
  await client.query(addPacketId, id);
  const found = await client.query<{ position: number }>(positionOf, id);
  const position = found.rows[0]?.position;
  if (position === undefined) throw new Error("a packet id that was just written is not there");
  const given = (await client.query<Given>(findGiven, [...id, signer])).rows[0];
  const row = [position, signer, digest, signature, claimsText(claims), receivedAt];
  if (given && given.digest !== digest) {
    await client.query(addConflict, row);
    return "conflict";
  }
  if (packet) {
    const { packetHash, white, flagged, content } = packetColumns(packet);
    await client.query(addPacket, [position, packetHash, white, flagged, content]);
  }
  if (!given) await client.query(addStatement, row);
  else if (given.claims !== null || claims === undefined) return "duplicate";
  else await client.query(addClaims, [position, signer, claimsText(claims)]);
  await client.query("SELECT pg_notify($1, '')", [channel]);
  return "stored";
}

function idValues({ id }: Statement): string[] {
  const { source, destination, sequence } = idColumns(id);
  return [source, destination, sequence, id.deployment];
}
