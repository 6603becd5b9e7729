import { AttestorError } from "../../../shared/errors/index.ts";
import {
  type Approval,
  approve,
  decideBy,
  type Operator,
  type Policy,
  type PolicyInForce,
  type StatementAction,
} from "../../policy/index.ts";
import type { SignerState, Transaction } from "../../state/index.ts";
import { acknowledgeJump, type ClockGuard, waitingJump } from "../clock/clockGuard.ts";
import type { MonotonicClock } from "../clock/monotonicClock.ts";
import { dropHold, type HoldAction, type Released, releaseHold } from "../holds/holdActions.ts";
import { noticeObstacles } from "../obstacles.ts";
import type { PauseFile } from "../pause/pauseFile.ts";
import { allPauses, endPause, findPause, pause } from "../pause/pauses.ts";
import { type AgreementView, agreementViews, type HoldView, holdView, holdViews } from "./holdViews.ts";
import { type ClockView, clockView, jumpObject, type PauseView, pauseObject, pauseView } from "./pauseViews.ts";

/** Where operators see what waits, and act on it. Whatever is done has a record in the transaction that does it. */
export interface GateDesk {
  /** Up to a hundred holds, and as many packets that wait for agreement. @param after id of the last hold seen. */
  holds(after: number): { readonly holds: readonly HoldView[]; readonly agreement: readonly AgreementView[] };
  /** @throws AttestorError `not_found`. */
  hold(id: number): HoldView;
  /** @throws AttestorError `not_found`, `conflict`, `failed` while the time cannot be told. */
  release(action: HoldAction): Promise<Released>;
  /** @throws AttestorError `not_found`, `conflict`. */
  drop(action: HoldAction): Promise<void>;
  pauses(): Promise<{ readonly fileIsThere: boolean; readonly pauses: readonly PauseView[] }>;
  /**
   * Pauses a route, or everything where none is named. One operator is enough.
   *
   * @throws AttestorError `not_found` for a route that the policy in force does not have.
   */
  pause(operator: Operator, route: string | undefined, note: string): Promise<PauseView>;
  /**
   * Ends a pause for which two operators signed.
   *
   * @throws AttestorError `not_found`, `approval_refused`, `conflict` while the file `paused` would pause again.
   */
  resume(id: number, approval: Approval): Promise<PauseView>;
  clock(): Promise<ClockView>;
  /**
   * Believes the clock again, for which two operators signed.
   *
   * @throws AttestorError `not_found` if no jump waits, `approval_refused`.
   */
  acknowledgeClock(approval: Approval): Promise<void>;
}

interface DeskParts {
  readonly state: SignerState;
  readonly guard: ClockGuard;
  readonly monotonic: MonotonicClock;
  readonly pauseFile: PauseFile;
  readonly policies: Pick<PolicyInForce, "current" | "isCurrent">;
}

/** Most holds, and most packets that wait for agreement, in one answer. */
const pageSize = 100;

export function createGateDesk({ state, guard, monotonic, pauseFile, policies }: DeskParts): GateDesk {
  const policy = () => policies.current().policy;
  /** Who is an operator, and what is a route, is what the transaction says that does what they ask for. */
  const decide = <T>(work: (transaction: Transaction, policy: Policy) => T) =>
    decideBy(state, policies, (transaction, active) => work(transaction, active.policy));
  const context = () => ({ nowMs: state.read((database) => guard.latest(database)), policy: policy() });

  function approved(
    transaction: Transaction,
    { operators }: Policy,
    approval: Approval,
    action: StatementAction,
    object: string,
  ): string[] {
    return approve(transaction, approval, { action, object, ledger: state.id, needed: 2 }, operators);
  }

  return {
    holds(after) {
      return state.read((database) => ({
        holds: holdViews({ database, ...context() }, after, pageSize),
        agreement: agreementViews(database, pageSize),
      }));
    },
    hold(id) {
      const found = state.read((database) => holdView({ database, ...context() }, id));
      if (!found) throw new AttestorError("not_found", { what: `hold ${id}; what is signed or expired has none` });
      return found;
    },
    release(action) {
      return decide((transaction, policy) => {
        const operator = cameWith(policy, action);
        const time = guard.timeOf(transaction);
        if ("jump" in time) {
          throw new AttestorError("failed", {
            rule: "clock",
            reason: "the clock was set, and that is not acknowledged",
          });
        }
        return releaseHold({ ...transaction, nowMs: time.nowMs }, { ...action, operator }, policy.operators);
      });
    },
    drop: (action) =>
      decide((transaction, policy) => dropHold(transaction, { ...action, operator: cameWith(policy, action) })),
    async pauses() {
      await state.decide((transaction) => noticeObstacles(transaction, { guard, pauseFile }));
      return { fileIsThere: pauseFile.isThere(), pauses: state.read(allPauses).map(pauseView) };
    },
    pause(by, name, note) {
      return decide((transaction, policy) => {
        const operator = entitled(policy, by);
        const route = policy.routes.find((each) => each.name === name);
        if (name !== undefined && !route) throw new AttestorError("not_found", { what: `route ${name}` });
        return pauseView(pause(transaction, route, operator.name, note));
      });
    },
    resume(id, approval) {
      if (pauseFile.isThere()) {
        const reason = "The file paused in the state folder would pause again; delete it first";
        throw new AttestorError("conflict", { reason });
      }
      return decide((transaction, policy) => {
        const found = findPause(transaction, id);
        if (!found) throw new AttestorError("not_found", { what: `pause ${id}` });
        endPause(transaction, found, approved(transaction, policy, approval, "resume", pauseObject(found)));
        return pauseView(found);
      });
    },
    async clock() {
      await state.decide((transaction) => noticeObstacles(transaction, { guard, pauseFile }));
      return clockView(state.read(waitingJump));
    },
    acknowledgeClock(approval) {
      return decide((transaction, policy) => {
        guard.timeOf(transaction); // it may have been set once more, and then that is the jump that waits
        const jump = waitingJump(transaction.database);
        if (!jump) throw new AttestorError("not_found", { what: "jump of the clock that waits" });
        const operators = approved(transaction, policy, approval, "acknowledge-clock", jumpObject(jump));
        acknowledgeJump(transaction, monotonic);
        transaction.record({ kind: "clock", body: { event: "acknowledged", jump: `${jump.id}`, operators } });
      });
    },
  };
}

/** The operator of a hold's action, if the key that it came with is still theirs: what it says is counted as that key's word. */
function cameWith(policy: Policy, { operator, pin }: HoldAction): Operator {
  return entitled(policy, { ...operator, certificatePins: [pin] });
}

/** The operator as the policy in force knows them now: they may have been removed since they were let in. */
function entitled({ operators }: Policy, { name, certificatePins }: Operator): Operator {
  const current = operators.find((operator) => operator.name === name);
  if (current?.certificatePins.some((pin) => certificatePins.includes(pin))) return current;
  throw new AttestorError("client_refused", { reason: "it was removed from the policy" });
}
