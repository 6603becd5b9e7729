import type { VerdictResult } from "../../shared/digest/index.ts";
import type { PacketId } from "../../shared/packet/index.ts";
import type { Attestation } from "../../shared/wire/index.ts";
import type { Transaction } from "../state/index.ts";

/** What is written before the key is used: an attestation without what the key adds to it. */
export type Reservation = Omit<Attestation, "signature" | "signer" | "custody"> & {
  /** Name of the client that asked first. */
  readonly client: string;
};

/** What the key adds. */
export type Release = Pick<Attestation, "signature" | "signer" | "custody">;

/** Where in the ledger a packet stands: the bridge's id for it, in one deployment. */
export interface LedgerId extends PacketId {
  readonly deployment: string;
}

export type Reserved =
  /** New: its digest, and no other, may be signed for this packet. */
  | { readonly state: "reserved" }
  /** Reserved before with this content and not released: the same digest may be signed again. */
  | { readonly state: "signing" }
  /** Released before with this content. */
  | { readonly state: "signed"; readonly attestation: Attestation }
  | {
      readonly state: "refused";
      readonly code: "verdict_already_given";
      readonly given: VerdictResult;
      /** Missing as long as the first verdict is reserved and not released. */
      readonly attestation: Attestation | undefined;
    }
  /** The ledger that this one took its history from may have signed something for it, and no record came along. */
  | { readonly state: "refused"; readonly code: "closed_by_import" }
  /** Another packet, or another digest for the same one, has this id. */
  | {
      readonly state: "refused";
      readonly code: "equivocation";
      readonly differing: readonly string[];
      /** What was reserved first. */
      readonly stored: Reservation;
    };

/** How a reservation would come out, or that nothing has its packet's id. */
export type Standing = Reserved | { readonly state: "absent" };

export interface Released {
  readonly attestation: Attestation;
  /** Whether this call recorded the signature; false if one was recorded before. */
  readonly first: boolean;
}

/**
 * The attest-once record. For one (deployment, source, destination, sequence), whatever the key, it lets one digest be
 * signed and one attestation be released. *Content* is packet and verdict; screening metadata and `sources` are recorded
 * from the first request and never compared.
 */
export interface Ledger {
  /** How a reservation would come out, without making it; `absent` if nothing has this packet's id. */
  standing(transaction: Transaction, reservation: Reservation): Standing;
  /** The highest sequence of a route that was ever reserved, here or in a ledger whose watermark was imported. */
  highest(transaction: Transaction, route: Omit<LedgerId, "sequence">): bigint | undefined;
  /** @param stands what `standing` said of it in this transaction, if it was asked. */
  reserve(transaction: Transaction, reservation: Reservation, stands?: Standing): Reserved;
  /**
   * Records the signature of a reserved packet. The first one stays: a second returns the attestation with the first.
   *
   * @param reserved what `reserve` was given when it answered `reserved`, where that is known: the row need not be read then.
   * @throws AttestorError `conflict` if nothing is reserved under that id.
   */
  release(transaction: Transaction, id: LedgerId, release: Release, reserved?: Reservation): Released;
  /** Released attestations of a packet, one per deployment, ordered by deployment. */
  find(id: PacketId): Attestation[];
  rows(): Readonly<Record<"signing" | "signed", number>>;
}
