import type { HashText, SignatureText } from "../../shared/digest/index.ts";
import type { SqliteDatabase } from "../../shared/sqlite/index.ts";
import { prepared } from "../state/index.ts";
import { isClosedByImport } from "./closures.ts";
import type { LedgerId } from "./ledger.ts";
import { idColumns, type Row } from "./rows.ts";
import { selectStatement } from "./sqliteLedger.ts";

/** How an attestation that somebody holds stands in the ledger. */
export type Presence =
  /** It was released here, or its record was imported. */
  | "released"
  /** Its record did not come along with an import, and nothing is ever signed for its packet. */
  | "closed"
  /** Nothing is recorded for its packet. */
  | "absent"
  /** Its packet is reserved, and no release is recorded. */
  | "unreleased"
  /** Another digest or another signature is recorded for its packet. */
  | "other";

const statements = prepared((database) => ({ select: database.prepare<object, Row>(selectStatement) }));

/** @param held its digest must have been computed from its content. */
export function presenceOf(
  database: SqliteDatabase,
  id: LedgerId,
  held: { readonly digest: HashText; readonly signature: SignatureText },
): Presence {
  const row = statements(database).select.get(idColumns(id));
  if (row?.state !== "SIGNED" && isClosedByImport(database, id)) return "closed";
  if (!row) return "absent";
  if (row.signature === null) return "unreleased";
  return row.digest === held.digest && scalarsOf(row.signature) === scalarsOf(held.signature) ? "released" : "other";
}

/** r and s. What follows them, v, has two spellings, and anybody can turn one into the other. An Aleo signature has one. */
function scalarsOf(signature: SignatureText): string {
  if (!signature.startsWith("0x")) return signature;
  return signature.slice(0, 2 + 128).toLowerCase();
}
