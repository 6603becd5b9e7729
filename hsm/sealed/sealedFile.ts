import { closeSync, constants, fstatSync, openSync, readFileSync } from "node:fs";
import { z } from "zod";
import { AttestorError, faultName } from "../../shared/errors/index.ts";
import { parseJson } from "../../shared/json/index.ts";
import { hexBytes } from "../../shared/schema/index.ts";
import { canonicalText } from "../ceremony/statement.ts";

/** Bytes of a seed, of AES-GCM's tag, and of a nonce that we choose; a device that chooses its own may take up to 16. */
export const [seedLength, tagLength, nonceLength] = [32, 16, 12] as const;

const hexText = (least: number, most: number) =>
  z
    .string()
    .regex(new RegExp(`^0x([0-9a-f]{2}){${least},${most}}$`), { error: `must be ${least} to ${most} bytes of hex` });

const sealedFileSchema = z.strictObject({
  format: z.literal("hsm-attestor sealed Aleo seed v1"),
  /** Of the account whose seed it is. */
  address: z.string(),
  /** CKA_ID of the AES key that sealed it. */
  sealingKey: hexText(1, 255),
  nonce: hexText(nonceLength, 16),
  ciphertext: hexBytes(seedLength),
  tag: hexBytes(tagLength),
});

/** A seed that only the AES key can open. */
export type SealedSeed = z.output<typeof sealedFileSchema>;

/** What the seed is for: it opens only for the address, the one use and the AES key that it was sealed for. */
export interface SealContext {
  /** `aleo1…` */
  readonly address: string;
  readonly deployment: string;
  /** The bridge's id of the destination chain. */
  readonly destination: bigint;
  /** CKA_ID of the AES key. */
  readonly sealingKey: Uint8Array;
}

/** The data that AES-GCM authenticates beside the seed. */
export function sealContextBytes({ address, deployment, destination, sealingKey }: SealContext): Buffer {
  const use = `verulink-aleo-schnorr/${deployment}/${destination}`;
  return Buffer.from(
    `hsm-attestor/sealed-seed/v1:${address}:${use}:${Buffer.from(sealingKey).toString("hex")}`,
    "utf8",
  );
}

export function formatSealedSeed(sealed: SealedSeed): string {
  return canonicalText(sealed);
}

/** Longest file that is read, in bytes. */
const longestFile = 4_096;

/**
 * Reads a sealed seed. What is in the file is no secret, but only its owner has any business with it: anybody else's access
 * is refused, as a PIN file's is.
 *
 * @param key the key's name, for the refusal.
 * @throws AttestorError `key_missing`.
 */
export function readSealedSeed(key: string, file: string): SealedSeed {
  const refuse = (reason: string) =>
    new AttestorError("key_missing", { key, reason: `its sealed file ${file} ${reason}` });
  const descriptor = open(file, refuse);
  try {
    const { mode, uid, size } = fstatSync(descriptor);
    if (uid !== 0 && uid !== process.geteuid?.()) throw refuse("belongs to another user");
    if ((mode & 0o077) !== 0) throw refuse("is open to other users; run chmod 600 on it");
    if (size > longestFile) throw refuse(`is longer than ${longestFile} bytes`);
    return sealedFileSchema.parse(parseJson(readFileSync(descriptor, "utf8")));
  } catch (error) {
    if (error instanceof AttestorError && error.code === "key_missing") throw error;
    throw refuse("is not what a ceremony writes; take it from the backup");
  } finally {
    closeSync(descriptor);
  }
}

function open(file: string, refuse: (reason: string) => AttestorError): number {
  try {
    return openSync(file, constants.O_RDONLY | constants.O_NOFOLLOW);
  } catch (error) {
    throw refuse(`cannot be opened (${faultName(error)})`);
  }
}
