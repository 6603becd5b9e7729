import type { DescribeKeyCommandOutput, GetPublicKeyCommandOutput } from "@aws-sdk/client-kms";
import { addressOfPublicKey } from "../../shared/ecdsa/index.ts";
import { AttestorError } from "../../shared/errors/index.ts";
import type { KmsUri } from "../keyUri/index.ts";
import { publicKeyOfSpki } from "../spki.ts";

/** A key that the configuration names, with the public key that it pins. */
export interface PinnedKmsKey {
  readonly name: string;
  readonly uri: KmsUri;
  /** 65 bytes, uncompressed. */
  readonly publicKey: Uint8Array;
}

/**
 * What KMS must state. Origin AWS_KMS: generated inside and never seen outside, where EXTERNAL is imported. A
 * multi-region key's material is carried to whatever region somebody later replicates it to, so it is refused.
 */
const demands: Readonly<Record<string, string>> = {
  KeySpec: "ECC_SECG_P256K1",
  KeyUsage: "SIGN_VERIFY",
  SigningAlgorithms: "ECDSA_SHA_256",
  Origin: "AWS_KMS",
  MultiRegion: "false",
  KeyState: "Enabled",
};

/**
 * Checks that it is the pinned key and states what is demanded.
 *
 * @returns what it states, in readable form.
 * @throws AttestorError `key_attribute`, `key_mismatch`, `hsm_error` for an answer about another key.
 */
export function checkKmsKey(
  { name, uri, publicKey }: PinnedKmsKey,
  { KeyMetadata: described }: Pick<DescribeKeyCommandOutput, "KeyMetadata">,
  answered: Pick<GetPublicKeyCommandOutput, "KeyId" | "PublicKey" | "KeySpec" | "KeyUsage" | "SigningAlgorithms">,
): Readonly<Record<string, string>> {
  refuseOtherKey("DescribeKey", uri, described?.Arn);
  refuseOtherKey("GetPublicKey", uri, answered.KeyId);
  const found: Readonly<Record<string, string>> = {
    KeySpec: stated(answered.KeySpec),
    KeyUsage: stated(answered.KeyUsage),
    SigningAlgorithms: stated(answered.SigningAlgorithms?.join(" ")),
    Origin: stated(described?.Origin),
    MultiRegion: stated(described?.MultiRegion?.toString()),
    KeyState: stated(described?.KeyState),
  };
  for (const [attribute, expected] of Object.entries(demands)) {
    const actual = found[attribute] ?? "";
    if (actual !== expected)
      throw new AttestorError("key_attribute", { key: name, attribute, expected, found: actual });
  }
  const held = answered.PublicKey && publicKeyOfSpki(answered.PublicKey);
  if (held && Buffer.from(held).equals(publicKey)) return found;
  throw new AttestorError("key_mismatch", {
    key: name,
    expected: addressOfPublicKey(publicKey),
    found: held ? addressOfPublicKey(held) : "no public key of secp256k1",
  });
}

/** KMS answers with the ARN of the key that it used. @throws AttestorError `hsm_error`. */
export function refuseOtherKey(call: string, { arn }: KmsUri, answered: string | undefined): void {
  if (answered === arn) return;
  throw new AttestorError("hsm_error", { call: `kms:${call}`, code: "an answer about another key" });
}

function stated(value: string | undefined): string {
  return value ?? "not stated";
}
