import { fail, pass, type StatefulRule } from "../gate/index.ts";
import { proofFields, standingProof } from "./proofs.ts";

/** While a proof stands that the ledger is an older copy, nothing is signed: it could be a second time. */
export const rollbackRule: StatefulRule = {
  id: "rollback",
  judge({ database }) {
    const proof = standingProof(database);
    if (!proof) return pass;
    const { deployment, packet } = proofFields(proof.attestation);
    return fail(rolledBack, { client: proof.client, deployment, packet, presence: proof.presence });
  },
};

export const rolledBack =
  "the ledger is an older copy, as a client's attestation proves; docs/ledger.md says how it goes on";

/**
 * After a start nothing is signed until every client has shown what it holds: one of them may hold what the ledger lost.
 *
 * @param missing names of the clients that are waited for.
 */
export function newestRule(start: string, missing: () => readonly string[]): StatefulRule {
  return {
    id: "newest",
    judge() {
      const names = missing();
      return names.length === 0 ? pass : fail(waitsFor(names), { start, missing: names.join(", ") });
    },
  };
}

export function waitsFor(names: readonly string[]): string {
  return `since the start, ${names.join(", ")} has not shown its newest attestations; two operators can waive that (attestor signer waive)`;
}
