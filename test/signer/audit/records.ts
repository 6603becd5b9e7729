import type { AuditKind } from "../../../signer/audit/index.ts";
import type { SignerState } from "../../../signer/state/index.ts";

export interface ReadRecord {
  readonly at: string;
  readonly kind: AuditKind;
  readonly sequence: string;
  // biome-ignore lint/suspicious/noExplicitAny: tests look at what they expect in it
  readonly body: Record<string, any>;
}

/** The records of a state's audit chain, without the one that says that the ledger was made. */
export function recordsOf(state: Pick<SignerState, "read">): ReadRecord[] {
  const texts = state.read((database) =>
    database.prepare<[], string>("SELECT record FROM audit WHERE sequence > 1 ORDER BY sequence").pluck().all(),
  );
  return texts.map((text) => JSON.parse(text as string) as ReadRecord);
}
