import type { Secret } from "../../shared/config/index.ts";
import { AttestorError } from "../../shared/errors/index.ts";
import { flag, user } from "../pkcs11/constants.ts";
import { answered, type Cryptoki, call, loadCryptoki, type SessionHandle } from "../pkcs11/cryptoki.ts";
import type { Token } from "../pkcs11/token.ts";

/**
 * Uses a module from its initialisation to its end. All of it is synchronous, so nothing of this process comes in
 * between: keys that are created at the same time make SoftHSM 2.6.1 fail (SoftHSMv2 issue 573).
 */
export function withCryptoki<T>(module: string, use: (cryptoki: Cryptoki) => T): T {
  const cryptoki = loadCryptoki(module);
  try {
    return use(cryptoki);
  } finally {
    call("C_Finalize", () => cryptoki.C_Finalize());
  }
}

/**
 * Uses a read/write session in which somebody has logged in.
 *
 * @throws AttestorError `pin_rejected`, `hsm_error`.
 */
export function withLogin<T>(
  cryptoki: Cryptoki,
  token: Pick<Token, "slot" | "label">,
  who: keyof typeof user,
  pin: Secret,
  use: (session: SessionHandle) => T,
): T {
  const flags = flag.CKF_SERIAL_SESSION | flag.CKF_RW_SESSION;
  const session = call("C_OpenSession", () => cryptoki.C_OpenSession(token.slot, flags));
  try {
    call("C_Login", () => cryptoki.C_Login(session, user[who], pin.reveal()));
  } catch (error) {
    if (answered(error, "CKR_PIN_INCORRECT")) throw new AttestorError("pin_rejected", { token: token.label });
    throw error;
  }
  return use(session);
}
