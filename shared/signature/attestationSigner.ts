import { fieldMessage, isFieldText, signerOfMessage } from "../aleo/index.ts";
import { signerOf } from "../ecdsa/index.ts";

/**
 * Who signed an attestation's digest: an EIP-55 address over 32 bytes in hex, an `aleo1…` address over a field. The digest's
 * form decides, which is its scheme's: a signature of the other form is nobody's.
 *
 * @returns undefined if the text is not a signature over the digest.
 */
export function attestationSigner(signature: string, digest: string): string | undefined {
  return isFieldText(digest) ? signerOfMessage(signature, fieldMessage(digest)) : signerOf(signature, digest);
}
