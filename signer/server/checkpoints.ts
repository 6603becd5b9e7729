import { z } from "zod";
import { AttestorError } from "../../shared/errors/index.ts";
import type { HttpService } from "../../shared/http/index.ts";
import { check, unsigned } from "../../shared/schema/index.ts";
import { checkpointsAfter, checkpointToWire } from "../audit/index.ts";
import type { SignerState } from "../state/index.ts";
import type { ClientOf } from "./server.ts";

/** Most checkpoints in one answer. */
const pageSize = 1_000;

const querySchema = z.strictObject({ after: unsigned(64).optional() });

/**
 * `GET /v1/audit/checkpoints[?after=SIZE]`: the signed heads of the audit chain with more than `after` records, in order,
 * for clients with the audit right. Who keeps them elsewhere can show later that the chain was changed.
 */
export function readCheckpoints(service: HttpService, clientOf: ClientOf, state: SignerState): void {
  service.get("/v1/audit/checkpoints", async (request) => {
    const client = clientOf(request);
    if (!client.operations.includes("audit")) {
      const reason = `client ${client.name} has no right to read the audit chain`;
      throw new AttestorError("denied", { rule: "client_rights", reason, inputs: { client: client.name } });
    }
    const { after = 0n } = check(querySchema, request.query, "query");
    const found = checkpointsAfter(state, Number(after), pageSize);
    return { ledger: state.id, checkpoints: found.map(checkpointToWire) };
  });
}
