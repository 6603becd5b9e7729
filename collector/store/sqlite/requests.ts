import type { Stretch } from "../../../shared/packet/index.ts";
import type { SqliteDatabase } from "../../../shared/sqlite/index.ts";
import { idColumns, type RequestRow, requestOf } from "../rows.ts";
import type { OpenRequest, PacketRequest, RouteKey } from "../store.ts";

/** The requests of the council. A request is open for each attestor until that attestor's statement is stored. */
export function createRequests(database: SqliteDatabase) {
  const add = database.prepare(
    `INSERT INTO request (deployment, source, destination, sequence, height, transaction_hash, requested_at)
     VALUES (@deployment, @source, @destination, @sequence, @height, @transactionHash, @requestedAt)
     ON CONFLICT DO NOTHING`,
  );
  const open = database.prepare<Record<string, string | number | null>, RequestRow>(
    `SELECT * FROM request AS asked
     WHERE position > @after AND deployment = @deployment AND source = @source AND destination = @destination
       AND (length(sequence), sequence) >= (length(@from), @from)
       AND (@below IS NULL OR (length(sequence), sequence) < (length(@below), @below))
       AND NOT EXISTS (
         SELECT 1 FROM packet_id JOIN statement USING (position)
         WHERE packet_id.source = asked.source AND packet_id.destination = asked.destination
           AND packet_id.sequence = asked.sequence AND packet_id.deployment = asked.deployment AND signer = @signer)
     ORDER BY position LIMIT @limit`,
  );
  return {
    request({ id, height, transactionHash, requestedAt }: PacketRequest): boolean {
      const { changes } = add.run({
        deployment: id.deployment,
        ...idColumns(id),
        height: height?.toString() ?? null,
        transactionHash: transactionHash ?? null,
        requestedAt,
      });
      return changes > 0;
    },
    openRequests(
      { deployment, source, destination }: RouteKey,
      signer: string,
      { from, below }: Stretch,
      after: number,
      limit: number,
    ): OpenRequest[] {
      const route = { deployment, source: `${source}`, destination: `${destination}` };
      const rows = open.all({ ...route, signer, from: `${from}`, below: below?.toString() ?? null, after, limit });
      return rows.map(requestOf);
    },
  };
}
