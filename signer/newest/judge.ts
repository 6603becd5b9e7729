import { digestScheme } from "../../shared/digest/index.ts";
import { isAttestorError } from "../../shared/errors/index.ts";
import { attestationSigner } from "../../shared/signature/index.ts";
import type { SqliteDatabase } from "../../shared/sqlite/index.ts";
import type { Attestation } from "../../shared/wire/index.ts";
import { ledgerIdOf, presenceOf } from "../ledger/index.ts";
import type { Route } from "../policy/index.ts";
import type { Missing } from "./proofs.ts";

/** A key of ours that attests. */
export interface AttestingKey {
  readonly scheme: string;
  readonly deployment: string;
  readonly destination: bigint;
  readonly address: string;
}

/** What an attestation that a client holds says of the ledger. */
export type Judgement =
  /** The ledger has it, or signs nothing for its packet. */
  | { readonly says: "nothing" }
  /** It is ours, and the ledger does not have it. */
  | { readonly says: "rollback"; readonly presence: Missing }
  /** It is not ours: it proves nothing, whoever shows it. */
  | { readonly says: "forged"; readonly reason: string };

/**
 * Judges what a client shows as its newest attestation on a route. Nothing in it is believed: the digest is computed from
 * its packet, the signature must be by a key that serves the route, whichever sequences the policy gives it today: it signed,
 * and the ledger ought to know. An attestation that the ledger has is in order whatever the key, because a key may have been
 * taken away since.
 *
 * @param keys all of ours.
 */
export function judge(
  database: SqliteDatabase,
  attestation: Attestation,
  route: Route,
  keys: Iterable<AttestingKey>,
): Judgement {
  const { deployment, packet, verdict, scheme, digest, signature } = attestation;
  const isOfRoute =
    deployment === route.deployment &&
    packet.source.chainId === route.source.chainId &&
    packet.destination.chainId === route.destination.chainId;
  if (!isOfRoute) return forged("is of another route");
  const ours = digestOf(attestation);
  if (!ours) return forged("has a packet that its scheme cannot hash");
  if (ours.packetHash !== attestation.packetHash) return forged("has another packet hash than its packet");
  if (ours.digest !== digest) return forged(`has another digest than its packet with verdict ${verdict.result}`);
  const presence = presenceOf(database, ledgerIdOf(attestation), { digest, signature });
  if (presence === "released") return { says: "nothing" };
  const able = [...keys].filter(
    (key) => key.scheme === scheme && key.deployment === deployment && key.destination === packet.destination.chainId,
  );
  if (able.length === 0) return forged("has another digest scheme than the route's key");
  const signer = attestationSigner(signature, digest);
  if (!able.some(({ address }) => address === signer)) return forged("has a signature that is not by the route's key");
  return presence === "closed" ? { says: "nothing" } : { says: "rollback", presence };
}

function digestOf({ scheme, packet, verdict }: Attestation) {
  try {
    return digestScheme(scheme).digestOf(packet, verdict.result);
  } catch (error) {
    if (isAttestorError(error, "invalid_field")) return undefined;
    throw error;
  }
}

function forged(reason: string): Judgement {
  return { says: "forged", reason };
}
