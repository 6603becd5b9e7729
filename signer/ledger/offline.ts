import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import type { Clock } from "../../shared/clock/index.ts";
import type { Hex } from "../../shared/digest/index.ts";
import { AttestorError, faultName, faultText } from "../../shared/errors/index.ts";
import { parseJson } from "../../shared/json/index.ts";
import { countImported } from "../gate/index.ts";
import { refuseOtherHistory } from "../standby/index.ts";
import { openCopy, openState } from "../state/index.ts";
import { exportHistory } from "./interchange/exportHistory.ts";
import { type InterchangeDocument, readInterchange } from "./interchange/format.ts";
import { type ImportResult, importHistory } from "./interchange/importHistory.ts";
import { type RowsReport, verifyRows } from "./verifyRows.ts";

/**
 * Writes the history of a ledger whose signer is not running.
 *
 * @param write gets the document in pieces, in order.
 * @throws AttestorError `database_missing`, `database_in_use`, `database_unusable`.
 */
export function exportLedger(
  file: string,
  options: { readonly minimal: boolean; readonly clock: Clock },
  write: (piece: string) => void,
): void {
  using copy = openCopy(file);
  for (const piece of exportHistory(copy.database, { minimal: options.minimal, nowMs: options.clock.now() })) {
    write(piece);
  }
}

/**
 * Takes the history in an interchange file over into a ledger whose signer is not running.
 *
 * @throws AttestorError `database_missing`, `database_in_use`, `database_unusable`; `usage`, `malformed_json`,
 * `invalid_field` for the file; `conflict` if it contradicts the ledger, or is of another signer than
 * the one that a standby is kept for.
 */
export async function importLedger(file: string, interchangeFile: string, clock: Clock): Promise<ImportResult> {
  const { document, hash } = readFile(interchangeFile);
  const state = openState(file, clock, "Create it first: attestor ledger init.");
  try {
    refuseOtherHistory(state, document.ledger);
    return await state.decide((transaction) => {
      const result = importHistory(transaction, document, hash);
      countImported(transaction, document.records);
      return result;
    });
  } finally {
    state.close();
  }
}

export type { ImportResult, RowsReport };

/** What an interchange file holds, every record of it proved. Throws as {@link importLedger}. */
export function verifyInterchange(interchangeFile: string): { ledger: string; records: number; watermarks: number } {
  const { ledger, records, watermarks } = readFile(interchangeFile).document;
  return { ledger, records: records.length, watermarks: watermarks.length };
}

/** Verifies every row of a ledger whose signer is not running, and compares them with its audit chain. */
export function verifyLedger(file: string): RowsReport {
  using copy = openCopy(file);
  try {
    return verifyRows(copy.database);
  } catch (error) {
    if (error instanceof AttestorError) throw error;
    throw new AttestorError("database_unusable", { file, reason: faultName(error) });
  }
}

function readFile(file: string): { document: InterchangeDocument; hash: Hex } {
  let text: string;
  try {
    text = readFileSync(file, "utf8");
  } catch (error) {
    throw new AttestorError("usage", { reason: `${file} cannot be read (${faultText(error)})` });
  }
  const hash = createHash("sha256").update(text, "utf8").digest("hex");
  return { document: readInterchange(parseJson(text)), hash: `0x${hash}` };
}
