import type { Assurance } from "../../shared/wire/index.ts";
import { deny, pass, passWith, type StatefulRule, type Submission } from "./rule.ts";

/** What in the signer itself looks at a packet's source chain. */
export interface Evidence {
  /**
   * What can be said of the packet beyond the client's word: `proved`, or `claimed` if nothing can. Called outside of any
   * transaction, so it may take time; what it throws makes the request fail.
   */
  assess(submission: Submission): Promise<Assurance>;
}

/** No evidence: every packet is its clients' word. */
export const noEvidence: Evidence = { assess: async () => "claimed" };

/** A route states what must vouch for a packet at least; below it nothing is signed. */
export const minimumAssurance: StatefulRule = {
  id: "evidence",
  judge(_transaction, { route, evidence, reserved }) {
    const minimum = route.minimumAssurance;
    const reached = reachedAssurance(route.agreement, evidence);
    if (minimum === undefined || reserved) return pass;
    if (strength(reached) >= strength(minimum)) return passWith({ minimum, reached });
    return deny(`route ${route.name} signs nothing below assurance ${minimum}`, {
      route: route.name,
      minimum,
      reached,
    });
  },
};

/**
 * What vouches for a packet once every rule has let it through: agreement holds it until its clients are enough.
 *
 * @param agreement how many distinct clients the route asks for.
 */
export function reachedAssurance(agreement: number | undefined, evidence: Assurance): Assurance {
  const agreed: Assurance = agreement === undefined ? "claimed" : `agreed-${agreement}`;
  return strength(evidence) >= strength(agreed) ? evidence : agreed;
}

/** claimed < agreed-2 < agreed-3 < … < proved. */
function strength(assurance: Assurance): number {
  if (assurance === "proved") return Number.POSITIVE_INFINITY;
  return assurance === "claimed" ? 1 : Number(assurance.slice("agreed-".length));
}
