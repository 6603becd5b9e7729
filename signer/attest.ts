import type { Keeper } from "../hsm/index.ts";
import { digestScheme } from "../shared/digest/index.ts";
import { signerOf } from "../shared/ecdsa/index.ts";
import { AttestorError, faultName } from "../shared/errors/index.ts";
import type { AttestationRequest, Custody } from "../shared/wire/index.ts";
import type { Client, KeyConfig, Route } from "./config.ts";
import type { Approved, Failed, Gate, Inputs, Outcome, RuleId } from "./gate/index.ts";
import {
  type Ledger,
  type LedgerId,
  ledgerIdOf,
  type Release,
  type Reservation,
  type Reserved,
} from "./ledger/index.ts";
import { ledgerRefusal } from "./ledgerRefusal.ts";

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

export interface AttestorParts {
  readonly gate: Gate;
  readonly ledger: Ledger;
  readonly keeper: Pick<Keeper, "attest">;
  readonly keys: ReadonlyMap<string, SigningKey>;
}

/**
 * The one way to a signature: gate → reserve (on disk) → keeper → verify → release (on disk) → answer. Whatever fails
 * after the reservation leaves it standing, so that a retry can sign the same digest and nothing else.
 */
export function createAttestor(parts: AttestorParts): Attestor {
  const { gate, ledger, keys } = parts;
  const signing = new Map<string, Promise<Approved | Failed>>();
  const open = new Set<Promise<Outcome>>();

  /** At most one keeper call per packet: whoever asks meanwhile for the same content shares it. */
  function signOnce(reservation: Reservation, key: SigningKey, inputs: Inputs): Promise<Approved | Failed> {
    const name = nameOf(ledgerIdOf(reservation));
    const current = signing.get(name);
    if (current) return current;
    const started = sign(parts, reservation, key, inputs).finally(() => signing.delete(name));
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
    let reserved: Reserved;
    try {
      reserved = await ledger.reserve(reservation);
    } catch (error) {
      return failed("ledger", inputs, `the reservation cannot be recorded (${faultName(error)})`);
    }
    switch (reserved.state) {
      case "signed":
        return { outcome: "approved", rule: "ledger", inputs, attestation: reserved.attestation };
      case "reserved":
      case "signing":
        return signOnce(reservation, key, inputs);
      case "refused":
        return ledgerRefusal(reserved, reservation, inputs, await signing.get(nameOf(ledgerIdOf(reservation))));
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

function nameOf(id: LedgerId): string {
  return `${id.deployment}/${id.source}/${id.destination}/${id.sequence}`;
}

function reservationFor(client: Client, request: AttestationRequest, route: Route): Reservation {
  const { scheme } = route;
  const digest = digestScheme(scheme).digestOf(request.packet, request.verdict.result);
  return { ...request, ...digest, scheme, assurance: "claimed", client: client.name };
}

async function sign(
  { keeper, ledger }: AttestorParts,
  reservation: Reservation,
  key: SigningKey,
  inputs: Inputs,
): Promise<Approved | Failed> {
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
    const attestation = await ledger.release(ledgerIdOf(reservation), release);
    return { outcome: "approved", rule: "keeper", inputs, attestation };
  } catch (error) {
    return failed("ledger", inputs, `the signature cannot be recorded (${faultName(error)})`);
  }
}

function failed(rule: RuleId, inputs: Inputs, reason: string): Failed {
  return { outcome: "failed", rule, inputs, error: new AttestorError("failed", { rule, reason }) };
}
