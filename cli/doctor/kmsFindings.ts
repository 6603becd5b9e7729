import type { KmsUri } from "../../hsm/index.ts";
import { describeKmsKey } from "../../hsm/provisioning/index.ts";
import { AttestorError } from "../../shared/errors/index.ts";
import { driftFinding } from "./driftFinding.ts";
import { type Finding, fail, ok } from "./finding.ts";

/** A key in AWS KMS, by its name in the configuration. */
export interface KmsPatient {
  readonly name: string;
  readonly uri: KmsUri;
}

/**
 * What AWS KMS states of a key, whom it lets ask, and what its clock shows: KMS refuses requests of a machine whose clock
 * is some minutes off, and the SDK hides that by correcting its own.
 *
 * @param now milliseconds since 1970, asked once KMS has answered.
 */
export async function kmsFindings({ name, uri }: KmsPatient, now: () => number): Promise<Finding[]> {
  try {
    const { attributes, device, clockMs } = await describeKmsKey(name, uri);
    const { KeySpec, KeyUsage, SigningAlgorithms, Origin, KeyState } = attributes;
    return [
      ok(`kms ${name}`, `${device.model}, ${device.token}, key ${device.serial}`),
      ok(`usage ${name}`, `${KeyUsage} with ${SigningAlgorithms} over ${KeySpec}, ${Origin}, ${KeyState}`),
      driftFinding(`kms clock ${name}`, clockMs, now()),
    ];
  } catch (error) {
    if (error instanceof AttestorError) return [fail(`kms ${name}`, error.message)];
    throw error;
  }
}
