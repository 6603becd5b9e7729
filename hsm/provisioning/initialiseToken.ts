import type { Secret } from "../../shared/config/index.ts";
import { AttestorError } from "../../shared/errors/index.ts";
import { flag } from "../pkcs11/constants.ts";
import { type Cryptoki, call, type SlotHandle } from "../pkcs11/cryptoki.ts";
import { findToken, presentTokens, type Token } from "../pkcs11/token.ts";
import { withCryptoki, withOfficer } from "./withCryptoki.ts";

export interface TokenRequest {
  /** Absolute path of the PKCS#11 library. */
  readonly module: string;
  /** 1 to 32 bytes in UTF-8, of no other token of the module. */
  readonly label: string;
  /** What the keeper will log in with. */
  readonly pin: Secret;
  /** What only the token's re-initialisation and a forgotten PIN need. */
  readonly securityOfficerPin: Secret;
}

/** CK_TOKEN_INFO's label has this many bytes, padded with blanks. */
const labelBytes = 32;

/**
 * Initialises a free slot as a token and sets the user's PIN. A token that exists is never touched.
 *
 * @throws AttestorError `conflict` if a token has this label already, `invalid_field`, `token_missing` if there is no
 * free slot, `module_unusable`, `hsm_error`.
 */
export function initialiseToken(request: TokenRequest): Omit<Token, "slot"> {
  const { module, label, pin, securityOfficerPin } = request;
  const length = Buffer.byteLength(label);
  if (length < 1 || length > labelBytes || label.trim() !== label || label.includes("\0")) {
    throw invalid("label", `must be 1 to ${labelBytes} bytes without blanks at its ends`);
  }
  return withCryptoki(module, (cryptoki) => {
    const existing = presentTokens(cryptoki).find((token) => token.label === label);
    if (existing) {
      const reason = `token ${label} exists already (serial ${existing.serial}); it is left as it is`;
      throw new AttestorError("conflict", { reason });
    }
    const slot = freeSlot(cryptoki, label);
    refuseLength(cryptoki, slot, "pin", pin);
    refuseLength(cryptoki, slot, "securityOfficerPin", securityOfficerPin);
    // C_InitToken reads the label's 32 bytes whatever the length of the text
    const padded = label + " ".repeat(labelBytes - length);
    call("C_InitToken", () => cryptoki.C_InitToken(slot, securityOfficerPin.reveal(), padded));
    const token = findToken(cryptoki, { label });
    withOfficer(cryptoki, token, securityOfficerPin, (session) =>
      call("C_InitPIN", () => cryptoki.C_InitPIN(session, pin.reveal())),
    );
    const { slot: _, ...identity } = token;
    return identity;
  });
}

function freeSlot(cryptoki: Cryptoki, label: string): SlotHandle {
  const slots = call("C_GetSlotList", () => cryptoki.C_GetSlotList(true));
  const free = slots.find((slot) => {
    const { flags } = call("C_GetTokenInfo", () => cryptoki.C_GetTokenInfo(slot));
    return (flags & flag.CKF_TOKEN_INITIALIZED) === 0;
  });
  if (free) return free;
  throw new AttestorError("token_missing", { token: label, reason: "the module has no free slot to make it in" });
}

function refuseLength(cryptoki: Cryptoki, slot: SlotHandle, field: string, pin: Secret): void {
  const { minPinLen, maxPinLen } = call("C_GetTokenInfo", () => cryptoki.C_GetTokenInfo(slot));
  const length = Buffer.byteLength(pin.reveal());
  if (length < minPinLen || length > maxPinLen) {
    throw invalid(field, `must be ${minPinLen} to ${maxPinLen} bytes long for this token`);
  }
}

function invalid(field: string, reason: string): AttestorError {
  return new AttestorError("invalid_field", { field, reason });
}
