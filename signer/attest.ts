import type { Keeper } from "../hsm/index.ts";
import { digestScheme } from "../shared/digest/index.ts";
import { signerOf } from "../shared/ecdsa/index.ts";
import { AttestorError, faultName } from "../shared/errors/index.ts";
import type { AttestationRequest, Custody } from "../shared/wire/index.ts";
import { decisionEntry, releaseEntry } from "./audit/index.ts";
import type { KeyConfig } from "./config.ts";
import type { Approved, Denied, Failed, Gate, Held, Inputs, Outcome, RuleId, Submission } from "./gate/index.ts";
import {
  type Ledger,
  type LedgerId,
  ledgerIdOf,
  type Release,
  type Reservation,
  type Reserved,
} from "./ledger/index.ts";
import { ledgerRefusal } from "./ledgerRefusal.ts";
import type { Client, Route } from "./policy/index.ts";
import type { SignerState, Transaction } from "./state/index.ts";

/** A key that was proved at start: its configuration, and what the keeper says of it. */
export interface SigningKey extends KeyConfig {
  /** EIP-55 address of the public key. */
  readonly address: string;
  readonly custody: Custody;
}

export interface Attestor {
  /**
   * Decides on one request and, if nothing speaks against it, attests. Whatever a rule, the ledger or the keeper does
   * becomes an outcome.
   *
   * @throws AttestorError `invalid_field` for a packet that the route's scheme cannot hash.
   */
  attest(client: Client, request: AttestationRequest): Promise<Outcome>;
  /** Resolves when no request is between its reservation and its answer, whether or not its client still waits. */
  idle(): Promise<void>;
}

/** Judges what must not change between the judgement and the reservation: both are one transaction. */
export type StatefulGate = (transaction: Transaction, submission: Submission) => Held | Denied | Failed | undefined;

export interface AttestorParts {
  readonly gate: Gate;
  readonly statefulGate: StatefulGate;
  readonly state: Pick<SignerState, "decide">;
  readonly ledger: Ledger;
  readonly keeper: Pick<Keeper, "attest">;
  readonly keys: ReadonlyMap<string, SigningKey>;
  /** Version of the policy in force. */
  readonly policyVersion: () => string;
}

/** A request on its way: who asks, by which route, and what would be signed by which key. */
interface Case {
  readonly submission: Submission;
  readonly reservation: Reservation;
  readonly key: SigningKey;
  readonly inputs: Inputs;
}

/** What the transaction came to: an outcome, or how the packet stands in the ledger. */
type Decided = Held | Denied | Failed | Reserved;

/**
 * The one way to a signature: gate → stateful rules, reservation and record of the decision (one transaction, on disk) →
 * keeper → verify → release (on disk) → answer. Whatever fails after the reservation leaves it standing, so that a retry
 * can sign the same digest and nothing else.
 */
export function createAttestor(parts: AttestorParts): Attestor {
  const { gate, state, keys } = parts;
  const signing = new Map<string, Promise<Approved | Failed>>();
  const open = new Set<Promise<Outcome>>();

  /** At most one keeper call per packet: whoever asks meanwhile for the same content shares it. */
  function signOnce(current: Case): Promise<Approved | Failed> {
    const name = nameOf(ledgerIdOf(current.reservation));
    const running = signing.get(name);
    if (running) return running;
    const started = sign(parts, current).finally(() => signing.delete(name));
    signing.set(name, started);
    return started;
  }

  async function attest(client: Client, request: AttestationRequest): Promise<Outcome> {
    const decision = await gate.decide(client, request);
    if (decision.outcome !== "passed") return decision;
    const { route } = decision;
    const inputs = { route: route.name, key: route.key };
    const key = keys.get(route.key);
    if (!key) return failed("keeper", inputs, "the route's key is not loaded");

    const reservation = reservationFor(client, request, route);
    const current = { submission: { client, request, route }, reservation, key, inputs };
    let decided: Decided;
    try {
      decided = await state.decide((transaction) => decide(parts, transaction, current));
    } catch (error) {
      return failed("ledger", inputs, `the decision cannot be recorded (${faultName(error)})`);
    }
    if ("outcome" in decided) return decided;
    switch (decided.state) {
      case "signed":
        return { outcome: "approved", rule: "ledger", inputs, attestation: decided.attestation };
      case "reserved":
      case "signing":
        return signOnce(current);
      case "refused":
        return ledgerRefusal(decided, reservation, inputs, await signing.get(nameOf(ledgerIdOf(reservation))));
    }
  }

  return {
    attest(client, request) {
      const outcome = attest(client, request).finally(() => open.delete(outcome));
      open.add(outcome);
      return outcome;
    },
    async idle() {
      await Promise.allSettled(open);
    },
  };
}

/** Everything that is decided on a request, and its record: all of it is on disk before anything follows from it. */
function decide(parts: AttestorParts, transaction: Transaction, current: Case): Decided {
  const { submission, reservation, inputs } = current;
  const refusal = parts.statefulGate(transaction, submission);
  if (refusal) {
    recordDecision(parts, transaction, current, refusal);
    return refusal;
  }
  const reserved = parts.ledger.reserve(transaction, reservation);
  if (reserved.state === "refused") {
    recordDecision(parts, transaction, current, ledgerRefusal(reserved, reservation, inputs, undefined));
  } else {
    recordDecision(parts, transaction, current, { outcome: "approved", rule: "ledger", inputs });
  }
  return reserved;
}

function recordDecision(
  { policyVersion }: AttestorParts,
  transaction: Transaction,
  { submission, reservation }: Case,
  outcome: Held | Denied | Failed | Omit<Approved, "attestation">,
): void {
  const { route } = submission;
  const reason = "reason" in outcome ? outcome.reason : "error" in outcome ? outcome.error.code : undefined;
  transaction.record(
    decisionEntry({
      asked: reservation,
      route: route.name,
      key: route.key,
      policy: policyVersion(),
      outcome: outcome.outcome,
      rule: outcome.rule,
      inputs: outcome.inputs,
      ...(reason === undefined ? {} : { reason }),
    }),
  );
}

function nameOf(id: LedgerId): string {
  return `${id.deployment}/${id.source}/${id.destination}/${id.sequence}`;
}

function reservationFor(client: Client, request: AttestationRequest, route: Route): Reservation {
  const { scheme } = route;
  const digest = digestScheme(scheme).digestOf(request.packet, request.verdict.result);
  return { ...request, ...digest, scheme, assurance: "claimed", client: client.name };
}

async function sign(parts: AttestorParts, { reservation, key, inputs }: Case): Promise<Approved | Failed> {
  const { keeper, ledger, state } = parts;
  const { packet, verdict } = reservation;
  let release: Release;
  try {
    const signed = await keeper.attest({ key: key.name, packet, verdict: verdict.result });
    if (signed.digest !== reservation.digest || signerOf(signed.signature, reservation.digest) !== key.address) {
      throw new AttestorError("wrong_signature", { key: key.name });
    }
    release = { signature: signed.signature, signer: key.address, custody: key.custody };
  } catch (error) {
    const known = error instanceof AttestorError && error.status === 503;
    if (known) return { outcome: "failed", rule: "keeper", inputs, error };
    return failed("keeper", inputs, `the keeper did not sign (${faultName(error)})`);
  }
  try {
    const attestation = await state.decide((transaction) => {
      const released = ledger.release(transaction, ledgerIdOf(reservation), release);
      if (released.first) transaction.record(releaseEntry(released.attestation, key.name));
      return released.attestation;
    });
    return { outcome: "approved", rule: "keeper", inputs, attestation };
  } catch (error) {
    return failed("ledger", inputs, `the signature cannot be recorded (${faultName(error)})`);
  }
}

function failed(rule: RuleId, inputs: Inputs, reason: string): Failed {
  return { outcome: "failed", rule, inputs, error: new AttestorError("failed", { rule, reason }) };
}
