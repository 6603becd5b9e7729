import { faultName } from "../shared/errors/index.ts";
import type { PinnedPeer } from "../shared/tls/index.ts";
import type { AttestationRequest } from "../shared/wire/index.ts";
import type { AttestorParts } from "./attest.ts";
import { type Case, failed } from "./case.ts";
import { type Decided, decideCase } from "./decideCase.ts";
import { type Approved, type Denied, type Failed, type Held, latestIds, withoutLaterIds } from "./gate/index.ts";
import type { Reservation, Reserved } from "./ledger/index.ts";
import { ledgerRefusal } from "./ledgerRefusal.ts";
import { prepareCase } from "./prepareCase.ts";
import type { Transaction } from "./state/index.ts";

/** How a packet's id stands in the ledger. */
export type Standing = Reserved | { readonly state: "absent" };

/** What a request would come to, and what would be signed. */
export interface Rehearsal {
  /** An approval without its attestation: nothing is released by asking what would be. */
  readonly outcome: Omit<Approved, "attestation"> | Held | Omit<Denied, "attestation"> | Failed;
  /** Missing where a rule that needs no memory said no: whoever may not ask learns nothing of the ledger. */
  readonly found?: { readonly reservation: Reservation; readonly standing: Standing };
}

type Parts = Omit<AttestorParts, "keeper">;

/**
 * Decides on a request exactly as the attestor would, by the same rules in the same order in a transaction, and then rolls
 * the transaction back. No first sight, proposal, hold, count or record stays, and the keeper is not asked.
 *
 * @throws AttestorError as the attestor does.
 */
export async function rehearse(parts: Parts, peer: PinnedPeer, request: AttestationRequest): Promise<Rehearsal> {
  const active = parts.policies.current();
  const current = await prepareCase(parts, active, peer, request);
  if ("refused" in current) return { outcome: current.refused };
  if ("hindered" in current) return { outcome: current.hindered };
  let seen: Seen | undefined;
  try {
    seen = await parts.state.rehearse((transaction) =>
      parts.policies.isCurrent(transaction, active) ? look(parts, transaction, current) : undefined,
    );
  } catch (error) {
    return { outcome: failed("ledger", current.inputs, `the decision cannot be made (${faultName(error)})`) };
  }
  // Another policy came into force meanwhile, and the answer is to be what that one says.
  if (!seen) return rehearse(parts, peer, request);
  const { reservation } = current;
  return { outcome: outcomeOf(seen.decided, current), found: { reservation, standing: seen.standing } };
}

interface Seen {
  readonly standing: Standing;
  readonly decided: Decided;
}

function look(parts: Parts, transaction: Transaction, current: Case): Seen {
  const standing = parts.ledger.standing(transaction, current.reservation);
  const latest = latestIds(transaction.database);
  const decided = decideCase(parts, transaction, current);
  if (!("outcome" in decided)) return { standing, decided };
  return { standing, decided: { ...decided, inputs: withoutLaterIds(decided.inputs, latest) } };
}

function outcomeOf(decided: Decided, { reservation, inputs }: Case): Rehearsal["outcome"] {
  if ("outcome" in decided) return decided;
  if (decided.state === "refused") {
    const { attestation: _, ...denied } = ledgerRefusal(decided, reservation, inputs, undefined);
    return denied;
  }
  return { outcome: "approved", rule: decided.state === "signed" ? "ledger" : "keeper", inputs };
}
