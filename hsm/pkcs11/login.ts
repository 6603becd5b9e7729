import { AttestorError, isAttestorError } from "../../shared/errors/index.ts";
import type { Pin } from "../pin/pinFile.ts";
import type { PinLatch } from "../pin/pinLatch.ts";
import { user } from "./constants.ts";
import { answered, type Cryptoki, call, type SessionHandle } from "./cryptoki.ts";
import { saysNothingOfPin } from "./faults.ts";
import { refuseOtherToken, type Token } from "./token.ts";

/** Answers to C_Login that are about this PIN. */
const wrongPin = ["CKR_PIN_INCORRECT", "CKR_PIN_INVALID", "CKR_PIN_LEN_RANGE"];
/** The token takes no PIN at all until its security officer has seen to it. */
const pinUnusable = ["CKR_PIN_LOCKED", "CKR_PIN_EXPIRED"];

/** Nobody looked at the PIN. */
const othersLoggedIn = ["CKR_USER_ALREADY_LOGGED_IN", "CKR_USER_ANOTHER_ALREADY_LOGGED_IN", "CKR_USER_TOO_MANY_TYPES"];

/**
 * Logs the user in, for the whole process: a login holds for every session with the token. A PIN that the token rejects
 * is latched; one after which it answers something that may be about the PIN counts as one whose answer was never seen. A user
 * who is logged in already is left so: only this process can have done it. Another token that was put into the slot since is left
 * alone: the PIN is none of its, and its tries are few.
 *
 * @throws AttestorError `token_missing`, `pin_rejected`, `pin_latched`, `database_unusable` if what was tried cannot be remembered or
 * another process's login goes on for too long, `hsm_error`.
 */
export function logIn(cryptoki: Cryptoki, session: SessionHandle, token: Token, pin: Pin, latch: PinLatch): void {
  latch.inTurn(() => {
    refuseOtherToken(cryptoki, token);
    tryPin(cryptoki, session, token, pin, latch);
  });
}

function tryPin(cryptoki: Cryptoki, session: SessionHandle, token: Token, pin: Pin, latch: PinLatch): void {
  latch.beforeLogin(pin);
  try {
    call("C_Login", () => cryptoki.C_Login(session, user.CKU_USER, pin.value.reveal()));
  } catch (error) {
    if (answered(error, ...wrongPin, ...pinUnusable)) latch.rejected(pin);
    else if (wasNotJudged(error)) latch.notJudged();
    if (answered(error, "CKR_USER_ALREADY_LOGGED_IN")) return;
    if (answered(error, ...wrongPin)) throw new AttestorError("pin_rejected", { token: token.label });
    throw error;
  }
  latch.accepted();
}

function wasNotJudged(error: unknown): boolean {
  if (answered(error, ...othersLoggedIn)) return true;
  return isAttestorError(error, "hsm_error") && saysNothingOfPin(error.data.code);
}
