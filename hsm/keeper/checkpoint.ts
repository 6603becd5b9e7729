import { bytesToHex, concatBytes, hexToBytes, utf8ToBytes } from "@noble/hashes/utils.js";
import type { Hex } from "../../shared/digest/index.ts";
import { keccak256 } from "../../shared/keccak/index.ts";

/** Where an audit chain stands: signed, it shows that these records existed at that time. */
export interface Checkpoint {
  /** The ledger's id: 32 hex digits. */
  readonly ledger: string;
  /** How many records there are, 1 or more. */
  readonly size: number;
  /** Hash of the last record. */
  readonly head: Hex;
  /** The signer's clock, milliseconds since 1970. */
  readonly atMs: number;
}

const domain = utf8ToBytes("hsm-attestor/checkpoint/v1:");

/**
 * The digest that the audit key signs: keccak256(domain ‖ ledger, 16 bytes ‖ size, u64 ‖ head, 32 bytes ‖ time, u64),
 * integers with their high byte first.
 *
 * It cannot be an attestation's or a possession challenge's digest, whatever key signs it: their inputs begin otherwise
 * (see `possessionDigest`), and two different inputs with one keccak256 are a collision.
 */
export function checkpointDigest({ ledger, size, head, atMs }: Checkpoint): Hex {
  const input = concatBytes(domain, hexToBytes(ledger), u64(size), hexToBytes(head.slice(2)), u64(atMs));
  return `0x${bytesToHex(keccak256(input))}`;
}

function u64(value: number): Uint8Array {
  const bytes = new Uint8Array(8);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(value));
  return bytes;
}
