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
 * What KMS must state. Origin AWS_KMS: generated inside and never seen outside, where EXTERNAL is imported; a key store of
 * CloudHSM's (AWS_CLOUDHSM) and an external one hold symmetric keys only, so whoever states one states an oddity. A
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

/** What KMS says of a key that is in order. */
export interface StatedKey {
  /** In readable form. */
  readonly attributes: Readonly<Record<string, string>>;
  /** 65 bytes; undefined for a key that is none of secp256k1. */
  readonly publicKey: Uint8Array | undefined;
}

type Described = Pick<DescribeKeyCommandOutput, "KeyMetadata">;
type Answered = Pick<GetPublicKeyCommandOutput, "KeyId" | "PublicKey" | "KeySpec" | "KeyUsage" | "SigningAlgorithms">;

/**
 * Reads what KMS states of a key, and refuses one that is not as demanded.
 *
 * @param name as errors call it.
 * @throws AttestorError `key_attribute`, `hsm_error` for an answer about another key.
 */
export function statedKey(
  name: string,
  uri: KmsUri,
  { KeyMetadata: described }: Described,
  answered: Answered,
): StatedKey {
  refuseOtherKey("DescribeKey", uri, described?.Arn);
  refuseOtherKey("GetPublicKey", uri, answered.KeyId);
  const attributes: Readonly<Record<string, string>> = {
    KeySpec: stated(answered.KeySpec),
    KeyUsage: stated(answered.KeyUsage),
    SigningAlgorithms: stated(answered.SigningAlgorithms?.join(" ")),
    Origin: stated(described?.Origin),
    MultiRegion: stated(described?.MultiRegion?.toString()),
    KeyState: stated(described?.KeyState),
    CreationDate: stated(described?.CreationDate?.toISOString()),
  };
  for (const [attribute, expected] of Object.entries(demands)) {
    const found = attributes[attribute] ?? "";
    if (found !== expected) throw new AttestorError("key_attribute", { key: name, attribute, expected, found });
  }
  return { attributes, publicKey: answered.PublicKey && publicKeyOfSpki(answered.PublicKey) };
}

/**
 * Checks that it is the pinned key and states what is demanded.
 *
 * @returns what it states, in readable form.
 * @throws AttestorError `key_attribute`, `key_mismatch`, `hsm_error` for an answer about another key.
 */
export function checkKmsKey(
  { name, uri, publicKey }: PinnedKmsKey,
  described: Described,
  answered: Answered,
): Readonly<Record<string, string>> {
  const { attributes, publicKey: held } = statedKey(name, uri, described, answered);
  if (held && Buffer.from(held).equals(publicKey)) return attributes;
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
