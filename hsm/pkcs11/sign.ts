import { AttestorError } from "../../shared/errors/index.ts";
import { mechanism } from "./constants.ts";
import { type Cryptoki, call, hsmError, type ObjectHandle, type SessionHandle } from "./cryptoki.ts";

/** r ‖ s of secp256k1. */
const signatureLength = 64;

/**
 * Signs a digest as it is (CKM_ECDSA) and gives 64 bytes r ‖ s.
 *
 * Only the promise form of the binding is safe: its callback forms let the digest's memory be freed while the module
 * still reads it (pkcs11js issue 121), which signs other bytes than were asked for.
 *
 * @throws AttestorError `hsm_error`; the session must then be closed. `internal` for a digest that is not 32 bytes,
 * which several modules would sign without complaint.
 */
export async function signDigest(
  cryptoki: Cryptoki,
  session: SessionHandle,
  key: ObjectHandle,
  digest: Uint8Array,
): Promise<Uint8Array> {
  if (digest.length !== 32) throw new AttestorError("internal", { reason: "a digest must be 32 bytes" });
  const input = Buffer.from(digest);
  const output = Buffer.alloc(signatureLength);
  call("C_SignInit", () => cryptoki.C_SignInit(session, { mechanism: mechanism.CKM_ECDSA }, key));
  const written = await cryptoki.C_SignAsync(session, input, output).catch((error: unknown) => {
    throw hsmError("C_Sign", error);
  });
  // both buffers are used after the await, so that they stay alive while the module has bare pointers to them
  if (!input.equals(digest) || written.length !== output.length) {
    throw new AttestorError("hsm_error", { call: "C_Sign", code: `${written.length} bytes` });
  }
  return output;
}
