import { announce } from "../../../../signer/gate/announce.ts";
import type { RuleId } from "../../../../signer/gate/index.ts";
import { hold, pass, type StatefulRule } from "../../../../signer/gate/rule.ts";
import { benchClient } from "../bench.ts";
import type { Sabotage } from "./gateWorld.ts";
import { clientNames } from "./knobs.ts";

const withoutRule = (id: RuleId): Sabotage => ({ rules: (rules) => rules.filter((rule) => rule.id !== id) });
const withoutStateful = (id: RuleId): Sabotage => ({
  statefulRules: (rules) => rules.filter((rule) => rule.id !== id),
});

/** The rules with one that judges otherwise; what it settles it settles still. */
const withStateful = (id: RuleId, judge: (rule: StatefulRule) => StatefulRule["judge"]): Sabotage => ({
  statefulRules: (rules) => rules.map((rule) => (rule.id === id ? { ...rule, judge: judge(rule) } : rule)),
});

/** Ways to break the gate, each of which lets through what a rule forbids. */
export const sabotages: Readonly<Record<string, Sabotage>> = {
  "without client rights": withoutRule("client_rights"),
  "without the route rule": withoutRule("route"),
  "without the deny list": withoutRule("deny_list"),
  "without the single limit": withoutStateful("value_limit"),
  "without the sequence jump": withoutStateful("sequence_jump"),
  "with a window that never judges": withStateful("value_window", () => () => pass),
  "with a window that counts nothing": {
    statefulRules: (rules) =>
      rules.map(({ settle, ...rule }) => (rule.id === "value_window" ? rule : { ...rule, ...(settle && { settle }) })),
  },
  "without the announcement": withoutStateful("announce"),
  "with the first sights of clients that are gone": {
    statefulRules: (rules) =>
      rules.map((rule) =>
        rule.id === "announce" ? announce(() => clientNames.map((name) => benchClient(name))) : rule,
      ),
  },
  "with a wait of half its time": withStateful("announce", ({ judge }) => (transaction, candidate) => {
    const { signerWait, ...route } = candidate.route;
    const half = signerWait === undefined ? route : { ...route, signerWait: signerWait / 2 };
    return judge(transaction, { ...candidate, route: half });
  }),
  "without drops": withoutStateful("dropped"),
  "without agreement": withoutStateful("agreement"),
  "with agreement of one client less": withStateful("agreement", ({ judge }) => (transaction, candidate) => {
    const { agreement, ...route } = candidate.route;
    const less = agreement === undefined ? route : { ...route, agreement: agreement - 1 };
    return judge(transaction, { ...candidate, route: less });
  }),
  "without a minimum of assurance": withoutStateful("evidence"),
  "without pauses": withoutStateful("pause"),
  "with a pause that spares what was reserved": withStateful(
    "pause",
    ({ judge }) =>
      (transaction, candidate) =>
        candidate.reserved ? pass : judge(transaction, candidate),
  ),
  "with reviews that pass when one operator released": withStateful(
    "value_limit",
    ({ judge }) =>
      (transaction, candidate) => {
        const judgement = judge(transaction, candidate);
        if (judgement.decision !== "hold") return judgement;
        const approved = transaction.database
          .prepare("SELECT 1 FROM gate_hold_approvals JOIN gate_holds ON id = hold WHERE digest = ?")
          .get(candidate.digest);
        return approved ? pass : judgement;
      },
  ),
  "with a clock that is always believed": {
    guard: (guard) => ({ ...guard, timeOf: ({ nowMs }) => ({ nowMs }) }),
  },
  "with a hold that only delays": {
    statefulRules(rules) {
      const seen = new Set<string>();
      return rules.map((rule) => ({
        ...rule,
        judge(transaction, candidate) {
          const judgement = rule.judge(transaction, candidate);
          if (judgement.decision !== "hold") return judgement;
          const name = `${rule.id} ${candidate.digest}`;
          if (seen.has(name)) return pass;
          seen.add(name);
          return hold(judgement.hold, 1, judgement.inputs);
        },
      }));
    },
  },
};
