import type { Keeper } from "../hsm/index.ts";
import { faultName } from "../shared/errors/index.ts";
import type { PinnedPeer } from "../shared/tls/index.ts";
import type { AttestationRequest, Custody } from "../shared/wire/index.ts";
import { failed, recordRefusal } from "./case.ts";
import type { KeyFacts } from "./config.ts";
import { type Decided, decideCase } from "./decideCase.ts";
import type { Denied, Failed, Gate, Outcome, StatefulGate } from "./gate/index.ts";
import type { Ledger } from "./ledger/index.ts";
import { ledgerRefusal } from "./ledgerRefusal.ts";
import type { Load, Place } from "./load.ts";
import type { PolicyInForce } from "./policy/index.ts";
import { prepareCase } from "./prepareCase.ts";
import { type Rehearsal, rehearse } from "./rehearse.ts";
import { createSigning } from "./signing.ts";
import type { SignerState } from "./state/index.ts";

/** A key that was proved at start: its configuration, and what the keeper says of it. */
export interface SigningKey extends KeyFacts {
  /** EIP-55 address of the public key; of a sealed key its Aleo address. */
  readonly address: string;
  readonly custody: Custody;
}

export interface Attestor {
  /**
   * Decides on one request and, if nothing speaks against it, attests. Whatever a rule, the ledger or the keeper does
   * becomes an outcome.
   *
   * @param peer who asks, as they were let in.
   * @throws AttestorError `invalid_field` for a packet that the route's scheme cannot hash, `client_refused` if the client
   * was removed from the policy before anything was reserved, `overloaded` if it could not be signed in time.
   */
  attest(peer: PinnedPeer, request: AttestationRequest): Promise<Outcome>;
  /**
   * Says what `attest` would come to now, and changes nothing: neither ledger nor audit chain nor what waits.
   *
   * @throws AttestorError as `attest` does.
   */
  rehearse(peer: PinnedPeer, request: AttestationRequest): Promise<Rehearsal>;
  /** Resolves when no request is between its reservation and its answer, whether or not its client still waits. */
  idle(): Promise<void>;
}

export interface AttestorParts {
  readonly policies: Pick<PolicyInForce, "current" | "isCurrent">;
  readonly gate: Gate;
  readonly statefulGate: StatefulGate;
  readonly state: Pick<SignerState, "decide" | "rehearse">;
  readonly ledger: Ledger;
  readonly keeper: Pick<Keeper, "attest">;
  readonly load: Load;
  readonly keys: ReadonlyMap<string, SigningKey>;
  /** Why nothing may be signed now, on any route; undefined if it may. */
  readonly obstacle: () => string | undefined;
  /** Version of the policy in force. */
  readonly policyVersion: () => string;
}

/**
 * The one way to a signature: gate → stateful rules, reservation and record of the decision (one transaction, on disk) →
 * keeper → verify → release (on disk) → answer. Whatever fails after the reservation leaves it standing, so that a retry
 * can sign the same digest and nothing else.
 */
export function createAttestor(parts: AttestorParts): Attestor {
  const { policies, state, load } = parts;
  const signing = createSigning(parts);
  const open = new Set<Promise<Outcome>>();

  async function recorded(
    peer: PinnedPeer,
    request: AttestationRequest,
    policy: string,
    refusal: Denied | Failed,
  ): Promise<Denied | Failed> {
    try {
      await state.decide((transaction) => recordRefusal(transaction, peer.name, request, policy, refusal));
      return refusal;
    } catch (error) {
      return failed("ledger", refusal.inputs, `the decision cannot be recorded (${faultName(error)})`);
    }
  }

  async function attest(peer: PinnedPeer, request: AttestationRequest, place: Place): Promise<Outcome> {
    const active = policies.current();
    const current = await prepareCase(parts, active, peer, request);
    if ("hindered" in current) return current.hindered;
    if ("refused" in current) return recorded(peer, request, `${active.policy.version}`, current.refused);
    const { reservation, inputs } = current;
    let decided: Decided | undefined;
    try {
      decided = await state.decide((transaction) =>
        policies.isCurrent(transaction, active)
          ? decideCase(parts, transaction, { ...current, late: place.late !== undefined })
          : undefined,
      );
    } catch (error) {
      return failed("ledger", inputs, `the decision cannot be recorded (${faultName(error)})`);
    }
    // Another policy came into force since this one began to decide: what is reserved must be allowed by that one.
    if (!decided) return attest(peer, request, place);
    if ("outcome" in decided) return decided;
    switch (decided.state) {
      case "signed":
        return { outcome: "approved", rule: "ledger", inputs, attestation: decided.attestation };
      case "reserved":
        return signing.sign(current, decided.reservation);
      case "signing":
        return signing.sign(current);
      case "late": {
        const running = signing.running(reservation);
        if (running) return running;
        throw place.late;
      }
      case "refused":
        return ledgerRefusal(decided, reservation, inputs, await signing.running(reservation));
    }
  }

  return {
    async attest(peer, request) {
      const place = load.enter(peer.name);
      const outcome = attest(peer, request, place).finally(() => {
        place.leave();
        open.delete(outcome);
      });
      open.add(outcome);
      return outcome;
    },
    rehearse: (peer, request) => rehearse(parts, peer, request),
    async idle() {
      await Promise.allSettled(open);
    },
  };
}
