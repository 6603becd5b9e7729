import { AttestorError, faultName } from "../shared/errors/index.ts";
import { attestationSigner } from "../shared/signature/index.ts";
import type { AttestorParts } from "./attest.ts";
import { recordUnlessRecent, releaseEntry, wrongSignatureEntry } from "./audit/index.ts";
import { type Case, failed, recordCase } from "./case.ts";
import { candidateOf } from "./decideCase.ts";
import { type Denied, type Failed, findRoute, type Held, type Outcome } from "./gate/index.ts";
import { ledgerIdOf, type Release, type Reservation } from "./ledger/index.ts";
import { decideBy } from "./policy/index.ts";
import type { Transaction } from "./state/index.ts";

/** Signs what is reserved. At most one keeper call per packet: whoever asks meanwhile for the same content shares it. */
export interface Signing {
  /** @param reserved what the ledger holds, if this case was reserved just now. */
  sign(current: Case, reserved?: Reservation): Promise<Outcome>;
  /** How the packet of this id, which is being signed now, comes out; undefined if none is. */
  running(reservation: Reservation): Promise<Outcome> | undefined;
}

type SigningParts = Pick<AttestorParts, "keeper" | "ledger" | "policies" | "policyVersion" | "state" | "statefulGate">;

export function createSigning(parts: SigningParts): Signing {
  const current = new Map<string, Promise<Outcome>>();
  return {
    sign(wanted, reserved) {
      const name = nameOf(wanted.reservation);
      const running = current.get(name);
      if (running) return running;
      const started = signAndRecord(parts, wanted, reserved).finally(() => current.delete(name));
      current.set(name, started);
      return started;
    },
    running: (reservation) => current.get(nameOf(reservation)),
  };
}

function nameOf(reservation: Reservation): string {
  const { deployment, source, destination, sequence } = ledgerIdOf(reservation);
  return `${deployment}/${source}/${destination}/${sequence}`;
}

async function signAndRecord(parts: SigningParts, current: Case, reserved?: Reservation): Promise<Outcome> {
  const release = await askKeeper(parts, current);
  const outcome = "outcome" in release ? release : await recordRelease(parts, current, release, reserved);
  if (outcome.outcome === "failed") await recordFailure(parts, current, outcome);
  return outcome;
}

async function askKeeper({ keeper }: SigningParts, { reservation, key, inputs }: Case): Promise<Release | Failed> {
  const { packet, verdict, client } = reservation;
  try {
    const signed = await keeper.attest({ key: key.name, packet, verdict: verdict.result, client });
    if (
      signed.digest !== reservation.digest ||
      attestationSigner(signed.signature, reservation.digest) !== key.address
    ) {
      throw new AttestorError("wrong_signature", { key: key.name });
    }
    return { signature: signed.signature, signer: key.address, custody: key.custody };
  } catch (error) {
    const known = error instanceof AttestorError && error.status === 503;
    if (known) return { outcome: "failed", rule: "keeper", inputs, error };
    return failed("keeper", inputs, `the keeper did not sign (${faultName(error)})`);
  }
}

/** The signature is on disk, with its record, before it is an answer. One that is kept back is thrown away. */
async function recordRelease(
  parts: SigningParts,
  current: Case,
  release: Release,
  reserved: Reservation | undefined,
): Promise<Outcome> {
  const { reservation, key, inputs } = current;
  try {
    return await decideBy(parts.state, parts.policies, (transaction): Outcome => {
      const closed = whyKeptBack(parts, transaction, current);
      if (closed) {
        recordCase(transaction, current, parts.policyVersion(), closed);
        return closed;
      }
      const released = parts.ledger.release(transaction, ledgerIdOf(reservation), release, reserved);
      if (released.first) transaction.record(releaseEntry(released.attestation, key.name));
      return { outcome: "approved", rule: "keeper", inputs, attestation: released.attestation };
    });
  } catch (error) {
    return failed("ledger", inputs, `the signature cannot be recorded (${faultName(error)})`);
  }
}

/**
 * The gate's word on a packet that it has let through, as if somebody asked for it again now: the HSM takes its time, and a pause may
 * have begun meanwhile, the ledger have been found to be an older copy, another signer have taken the key over.
 */
function whyKeptBack(
  { policies, statefulGate }: SigningParts,
  transaction: Transaction,
  current: Case,
): Held | Denied | Failed | undefined {
  const { submission, reservation } = current;
  const { routes } = policies.current().policy;
  const route = findRoute(routes, reservation.deployment, reservation.packet) ?? submission.route;
  const judged = statefulGate(
    transaction,
    candidateOf({ ...current, submission: { ...submission, route } }, "signing"),
  );
  return judged.outcome === "passed" ? undefined : judged;
}

/** A failure that cannot be recorded either is told to the client and the log alone; nothing was released. */
async function recordFailure({ state, policyVersion }: SigningParts, current: Case, outcome: Failed): Promise<void> {
  const recorded = state.decide((transaction) => {
    recordCase(transaction, current, policyVersion(), outcome);
    if (outcome.error.code !== "wrong_signature") return;
    recordUnlessRecent(transaction, wrongSignatureEntry(current.reservation, current.key.name));
  });
  await recorded.catch(() => {});
}
