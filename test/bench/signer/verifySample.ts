import { recoverAddress } from "ethers";
import { digestScheme } from "../../../shared/digest/index.ts";
import { type Destination, requestOf } from "./requests.ts";

/** An attestation that a load was given, and the packet that it had asked for. */
export interface SampledAnswer {
  readonly attestation: { readonly digest: string; readonly signature: string; readonly signer: string };
  readonly number: number;
  readonly destination: Destination;
}

/**
 * Verifies signatures with code that the signer does not use.
 *
 * @returns how many.
 * @throws Error for one that is not by an expected signer over the digest of its packet.
 */
export function verifySample(sample: readonly SampledAnswer[], signers: readonly string[]): number {
  for (const { attestation, number, destination } of sample) {
    const { packet, verdict } = requestOf(number, destination);
    const { digest } = digestScheme("verulink-evm").digestOf(packet, verdict.result);
    const { signature, signer } = attestation;
    if (attestation.digest !== digest) throw new Error("an attestation names another digest than its packet has");
    if (!signers.includes(signer) || recoverAddress(digest, signature) !== signer) {
      throw new Error("an attestation's signature is not its signer's");
    }
  }
  return sample.length;
}
