import { z } from "zod";
import { type Checkpoint, checkpointDigest } from "../../hsm/index.ts";
import type { Hex } from "../../shared/digest/index.ts";
import { signerOf } from "../../shared/ecdsa/index.ts";
import { parseJson, stringifyJson } from "../../shared/json/index.ts";
import { check, hexBytes, printableAscii, unsigned } from "../../shared/schema/index.ts";

/** A checkpoint with the audit key's signature. */
export interface SignedCheckpoint extends Checkpoint {
  /** EIP-55 address of the audit key. */
  readonly signer: string;
  /** 65 bytes over `checkpointDigest`. */
  readonly signature: Hex;
}

const time = z.iso.datetime({ error: "must be a time in RFC 3339, UTC" }).transform((text) => Date.parse(text));

const checkpointSchema = z
  .strictObject({
    ledger: z.string().regex(/^[0-9a-f]{32}$/, { error: "must be 32 hex digits" }),
    size: unsigned(64).transform(Number),
    head: hexBytes(32),
    at: time,
    signer: printableAscii,
    signature: hexBytes(65),
  })
  .transform(({ at, ...others }): SignedCheckpoint => ({ ...others, atMs: at }));

/** The checkpoint as answers and the checkpoint file have it. */
export function checkpointToWire({ atMs, size, ...others }: SignedCheckpoint): Readonly<Record<string, string>> {
  return { ...others, size: `${size}`, at: new Date(atMs).toISOString() };
}

/** One line of the checkpoint file, without its end. */
export function checkpointLine(checkpoint: SignedCheckpoint): string {
  return stringifyJson(checkpointToWire(checkpoint));
}

/** @throws AttestorError `malformed_json`, `invalid_field`. */
export function parseCheckpoint(line: string): SignedCheckpoint {
  return check(checkpointSchema, parseJson(line), "checkpoint");
}

/** Whether the signature is by the audit key with this address. */
export function isSignedBy(checkpoint: SignedCheckpoint, address: string): boolean {
  return checkpoint.signer === address && signerOf(checkpoint.signature, checkpointDigest(checkpoint)) === address;
}
