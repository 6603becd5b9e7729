import { byFields, byName, type Changes, joined, larger, unchanged, withMembers } from "./changes.ts";
import { compareRoute } from "./compareRoute.ts";
import type { Client, Operator, Policy } from "./policy.ts";

/**
 * What a new policy allows that the old one did not, and what it no longer allows. What is not provably narrowing counts as
 * widening; the same content in another order is neither.
 */
export function compare(before: Policy, after: Policy): Changes {
  return byFields(before, after, {
    service: unchanged,
    version: unchanged,
    operators: byName("an operator", compareOperator),
    clients: byName("a client", compareClient),
    routes: byName("a route", compareRoute),
    denyList: compareDenyList,
  });
}

function compareOperator(before: Operator, after: Operator): Changes {
  return byFields(before, after, { name: unchanged, certificatePins: withMembers, signingKeys: withMembers });
}

function compareClient(before: Client, after: Client): Changes {
  return byFields(before, after, {
    name: unchanged,
    pins: withMembers,
    routes: withMembers,
    schemes: withMembers,
    operations: withMembers,
    rate: (rateBefore, rateAfter) => byFields(rateBefore, rateAfter, { perSecond: larger, burst: larger }),
  });
}

/** What another file denies cannot be known here. */
function compareDenyList(before: string | undefined, after: string | undefined): Changes {
  if (before === after) return joined();
  if (before === undefined) return { widened: [], narrowed: [": is new"] };
  return { widened: [after === undefined ? ": is left out" : ": is another file"], narrowed: [] };
}
