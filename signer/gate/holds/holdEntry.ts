import { formatPacketId } from "../../../shared/packet/index.ts";
import type { AuditEntry, AuditValue } from "../../audit/index.ts";
import type { HoldRow } from "./holdRecords.ts";

/** The record of what happened to a hold. */
export function holdEntry(
  hold: HoldRow,
  event: "opened" | "approved" | "dropped" | "expired",
  more: Readonly<Record<string, AuditValue>>,
): AuditEntry {
  const { id, reason, deployment, digest, source, destination, sequence } = hold;
  const packet = formatPacketId({
    source: BigInt(source),
    destination: BigInt(destination),
    sequence: BigInt(sequence),
  });
  return { kind: "hold", body: { event, hold: `${id}`, reason, deployment, packet, digest, ...more } };
}
