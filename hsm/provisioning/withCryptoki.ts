import type { Secret } from "../../shared/config/index.ts";
import { PinLatch } from "../pin/pinLatch.ts";
import { flag, user } from "../pkcs11/constants.ts";
import { type Cryptoki, call, loadCryptoki, type SessionHandle } from "../pkcs11/cryptoki.ts";
import { logIn } from "../pkcs11/login.ts";
import type { Token } from "../pkcs11/token.ts";
import type { UserPin } from "./readPinFile.ts";

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
 * Uses a read/write session in which the user has logged in. A PIN that the token rejected is not tried again, by whichever
 * command or keeper looks into the same folder.
 *
 * @throws AttestorError `token_missing`, `pin_rejected`, `pin_latched`, `database_unusable` if a rejection could not be remembered, `hsm_error`.
 */
export function withLogin<T>(cryptoki: Cryptoki, token: Token, pin: UserPin, use: (session: SessionHandle) => T): T {
  const session = openSession(cryptoki, token);
  logIn(cryptoki, session, token, pin, new PinLatch(pin.latchFolder, token));
  return use(session);
}

/**
 * Uses a read/write session of the security officer, for a token that was initialised with this very PIN a moment ago.
 *
 * @throws AttestorError `hsm_error`.
 */
export function withOfficer<T>(cryptoki: Cryptoki, token: Token, pin: Secret, use: (session: SessionHandle) => T): T {
  const session = openSession(cryptoki, token);
  call("C_Login", () => cryptoki.C_Login(session, user.CKU_SO, pin.reveal()));
  return use(session);
}

function openSession(cryptoki: Cryptoki, { slot }: Token): SessionHandle {
  const flags = flag.CKF_SERIAL_SESSION | flag.CKF_RW_SESSION;
  return call("C_OpenSession", () => cryptoki.C_OpenSession(slot, flags));
}
