import { randomBytes } from "node:crypto";
import { AttestorError } from "../../shared/errors/index.ts";
import { formatPacketId, packetIdOf } from "../../shared/packet/index.ts";
import type { SqliteDatabase } from "../../shared/sqlite/index.ts";
import type { Attestation } from "../../shared/wire/index.ts";
import type { Alarms, StatefulRule } from "../gate/index.ts";
import { type Approval, approve, type Client, decideBy, type PolicyInForce, type Route } from "../policy/index.ts";
import type { SignerState, Transaction } from "../state/index.ts";
import { type AttestingKey, type Judgement, judge } from "./judge.ts";
import { idOf, invalid, type Matched, matchedRoutes, nameOf, type Shown } from "./match.ts";
import { proofFields, type RollbackProof, recordProof, settleProofs, standingProof, standingProofs } from "./proofs.ts";
import { openRoll, type Standing } from "./roll.ts";
import { newestRule, rollbackRule, rolledBack, waitsFor } from "./rules.ts";

export interface Waiver {
  readonly client: string;
  readonly operators: readonly string[];
}

/** Where clients show a started signer what they hold of it, so that an older copy of the ledger is found out. */
export interface Newest {
  /** Names this start of the signer and no other. */
  readonly start: string;
  readonly startedAtMs: number;
  /** How a client stands, and the routes for which it has to show something. */
  wanted(client: Client): { readonly standing: Standing; readonly routes: readonly Route[] };
  /**
   * Takes what a client holds, for every route that it has a right to.
   *
   * @throws AttestorError `ledger_rolled_back` if the ledger does not have it, and from then on nothing is signed;
   * `invalid_field` for an attestation that is not ours, a route too many or too few.
   */
  show(client: Client, shown: readonly Shown[]): Promise<void>;
  /**
   * Goes on without a client, for which two operators signed.
   *
   * @throws AttestorError `not_found` for a client that is not waited for, `approval_refused`.
   */
  waive(client: string, approval: Approval): Promise<Waiver>;
  standings(): ReadonlyMap<string, Standing>;
  /** Names of the clients that are waited for. */
  missing(): readonly string[];
  proofs(): readonly RollbackProof[];
  /** Why nothing is signed now, a sentence for each reason. */
  obstacles(database: SqliteDatabase): string[];
  /** They come before all others: what they refuse, no later rule records anything of. */
  readonly rules: readonly StatefulRule[];
}

interface NewestParts {
  readonly state: SignerState;
  readonly policies: Pick<PolicyInForce, "current" | "isCurrent">;
  /** By name. */
  readonly keys: ReadonlyMap<string, AttestingKey>;
  readonly alarms: Alarms;
}

/** The object of a statement that goes on without a client. */
export function waiverObject(client: string, start: string): string {
  return `newest of client ${client} at start ${start}`;
}

/** Opens the roll of a start; settles what the ledger has got since an earlier one, and raises the alarm for the rest. */
export async function openNewest({ state, policies, keys, alarms }: NewestParts): Promise<Newest> {
  const policy = () => policies.current().policy;
  const start = randomBytes(8).toString("hex");
  const roll = openRoll(policy());
  const startedAtMs = await state.decide((transaction) => {
    settleProofs(transaction);
    return transaction.nowMs;
  });
  const proofs = () => state.read(standingProofs);
  for (const { client, attestation } of proofs()) alarms.raise("rollback", { client, ...proofFields(attestation) });

  const missing = () =>
    [...roll.standings(policy())].filter(([, { newest }]) => newest === "missing").map(([name]) => name);
  const routesOf = (client: Client) => policy().routes.filter(({ name }) => client.routes.includes(name));

  /** @returns the first attestation that proves a rollback. */
  function take(transaction: Transaction, client: Client, matched: readonly Matched[]): Attestation | undefined {
    const judged = matched.map(({ newest, route }) => {
      const judgement: Judgement = newest
        ? judge(transaction.database, newest, route, keys.values())
        : { says: "nothing" };
      return { newest, judgement };
    });
    const proving = judged.flatMap(({ newest, judgement }) =>
      newest && judgement.says === "rollback" ? [{ newest, presence: judgement.presence }] : [],
    );
    for (const { newest, presence } of proving) {
      if (!recordProof(transaction, newest, presence, client.name)) continue;
      transaction.afterCommit(() => alarms.raise("rollback", { client: client.name, ...proofFields(newest) }));
    }
    if (proving[0]) return proving[0].newest;
    judged.forEach(({ judgement }, index) => {
      if (judgement.says === "forged") throw invalid(`routes.${index}.newest`, judgement.reason);
    });
    if (!roll.hasShown(client.name)) transaction.record(shownEntry(client, start, matched));
    transaction.afterCommit(() => roll.shown(client.name, transaction.nowMs));
    return undefined;
  }

  return {
    start,
    startedAtMs,
    wanted: (client) => ({
      standing: roll.standings(policy()).get(client.name) ?? { newest: "added" },
      routes: routesOf(client),
    }),
    async show(client, shown) {
      const matched = matchedRoutes(shown, routesOf(client));
      const proof = await state.decide((transaction) => take(transaction, client, matched));
      if (proof) throw new AttestorError("ledger_rolled_back", packetOf(proof));
    },
    waive(client, approval) {
      return decideBy(state, policies, (transaction) => {
        if (!missing().includes(client))
          throw new AttestorError("not_found", { what: `client ${client} that is waited for` });
        const object = waiverObject(client, start);
        const wanted = { action: "waive-newest", object, ledger: state.id, needed: 2 } as const;
        const operators = approve(transaction, approval, wanted, policy().operators);
        transaction.record({ kind: "waiver", body: { of: "newest", client, start, operators } });
        transaction.afterCommit(() => roll.waived(client, operators, transaction.nowMs));
        return { client, operators };
      });
    },
    standings: () => roll.standings(policy()),
    missing,
    proofs,
    obstacles: (database) => [
      ...(standingProof(database) ? [rolledBack] : []),
      ...(missing().length > 0 ? [waitsFor(missing())] : []),
    ],
    rules: [rollbackRule, newestRule(start, missing)],
  };
}

function shownEntry({ name }: Client, start: string, matched: readonly Matched[]) {
  const newest = Object.fromEntries(
    matched.map(({ route, newest }) => [nameOf(idOf(route)), newest && `${newest.packet.sequence}`]),
  );
  return { kind: "newest", body: { event: "shown", client: name, start, newest } } as const;
}

function packetOf({ deployment, packet }: Attestation) {
  return { deployment, packet: formatPacketId(packetIdOf(packet)) };
}
