import { formatPacketId, packetIdOf } from "../../../shared/packet/index.ts";
import { ledgerIdOf } from "../../ledger/index.ts";
import type { Client } from "../../policy/index.ts";
import type { Transaction } from "../../state/index.ts";
import type { Alarms } from "../alarms.ts";
import { mayAskFor } from "../clientRights.ts";
import { type Reviews, tooMany } from "../holds/review.ts";
import { waitForPeople } from "../retryAfter.ts";
import { type Candidate, hold, pass, passWith, type StatefulRule } from "../rule.ts";
import { type Proposal, proposalsFor, propose, removeProposals } from "./proposals.ts";

interface AgreementParts {
  /** Those of the policy in force: what a client said that has no right any more does not count. */
  readonly clients: () => readonly Client[];
  readonly reviews: Reviews;
  readonly alarms: Alarms;
}

/**
 * On a route with `agreement: K` a packet is signed only once K distinct clients submitted it identically. The others may
 * be late, silent or wrong: they never block those who agree. What was submitted with a key counts as long as the key is its
 * client's: a stolen one has no say after it was taken out of the policy. Clients that submit different packets raise an alarm. Where
 * K agree on the packet and not on its verdict, people decide which verdict is signed.
 */
export function agreement({ clients, reviews, alarms }: AgreementParts): StatefulRule {
  return {
    id: "agreement",
    judge(transaction, candidate) {
      const { route, request, digest, packetHash, reserved } = candidate;
      if (reserved || route.agreement === undefined) return pass;
      const id = ledgerIdOf(request);
      const before = proposalsFor(transaction, id);
      const own = before.find(({ client }) => client === candidate.client.name);
      if (!propose(transaction, candidate, own)) return tooMany(candidate);
      const contradicted = before.filter(({ packet_hash }) => packet_hash !== packetHash);
      if (contradicted.length > 0 && own?.digest !== digest) disagree(transaction, candidate, contradicted, alarms);

      const entitled = clients().filter(mayAskFor(route));
      const valid = proposalsFor(transaction, id).filter((proposal) => entitled.some(madeIt(proposal)));
      const samePacket = valid.filter(({ packet_hash }) => packet_hash === packetHash);
      const same = samePacket.filter((proposal) => proposal.digest === digest);
      const inputs = { agreement: `${route.agreement}`, agreed: `${same.length}`, clients: namesOf(same) };
      if (same.length >= route.agreement) return passWith(inputs);
      if (samePacket.length < route.agreement) return hold("agreement", waitForPeople, inputs);
      return reviews.judge(transaction, candidate, "agreement", {
        agreement: inputs.agreement,
        white: namesOf(samePacket.filter(({ verdict }) => verdict === "white")),
        flagged: namesOf(samePacket.filter(({ verdict }) => verdict === "flagged")),
      });
    },
    settle(transaction, { request }) {
      removeProposals(transaction, ledgerIdOf(request));
    },
  };
}

function madeIt({ client, pin }: Proposal): (client: Client) => boolean {
  return ({ name, pins }) => name === client && pin !== null && pins.includes(pin);
}

function namesOf(proposals: readonly Proposal[]): string {
  return proposals
    .map(({ client }) => client)
    .sort()
    .join(", ");
}

/** Somebody is wrong about what the chain says: which of them, only a person can find out. */
function disagree(
  transaction: Transaction,
  { client, request, route, packetHash }: Candidate,
  contradicted: readonly Proposal[],
  alarms: Alarms,
): void {
  const packet = formatPacketId(packetIdOf(request.packet));
  const fields = { deployment: request.deployment, packet, route: route.name, client: client.name, packetHash };
  const others = Object.fromEntries(contradicted.map((proposal) => [proposal.client, proposal.packet_hash]));
  transaction.record({ kind: "alarm", body: { code: "disagreement", ...fields, others } });
  transaction.afterCommit(() => alarms.raise("disagreement", { ...fields, others: namesOf(contradicted) }));
}
