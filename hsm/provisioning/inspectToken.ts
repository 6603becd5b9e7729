import type { Vendor } from "../keyUri/index.ts";
import { flag, mechanism } from "../pkcs11/constants.ts";
import { type Cryptoki, call, type SlotHandle } from "../pkcs11/cryptoki.ts";
import { profileOf } from "../pkcs11/profile.ts";
import { findToken } from "../pkcs11/token.ts";
import { withCryptoki } from "./withCryptoki.ts";

/** How near the user PIN is to being locked, as far as the token tells. */
export type PinState = "not set" | "fine" | "failed before" | "last try" | "locked" | "must be changed";

/** What a module and a token say of themselves to whoever asks, without a PIN. */
export interface TokenReport {
  readonly module: { readonly file: string; readonly library: string; readonly cryptoki: string };
  readonly token: {
    readonly label: string;
    readonly serial: string;
    readonly manufacturer: string;
    readonly model: string;
    readonly firmware: string;
  };
  readonly pin: PinState;
  /** Sessions that one process may open; undefined where the token states no limit. */
  readonly sessions?: number;
  /** The token's own clock, milliseconds since 1970; undefined where it has none. */
  readonly clockMs?: number;
  /** The mechanisms that a key needs which the token has not; none for a token that can be used. */
  readonly missingMechanisms: readonly string[];
  /** The profile that is used: the one that was named, else the one that recognises the token. */
  readonly vendor?: Vendor;
  /** Whether there is one: without it the token's attributes mean nothing to us. */
  readonly known: boolean;
}

const wanted = ["CKM_EC_KEY_PAIR_GEN", "CKM_ECDSA"] as const;

/** PKCS#11 2.40 §3.1: the number that stands for "not stated" (CK_UNAVAILABLE_INFORMATION), cut to 32 bits. */
const unstated = 0xffffffff;

/**
 * Looks at a module and one of its tokens. Nothing is logged in to, so no try is spent.
 *
 * @throws AttestorError `module_unusable`, `token_missing`, `hsm_error`.
 */
export function inspectToken(
  file: string,
  { vendor, ...named }: { label: string; serial?: string; vendor?: Vendor | undefined },
): TokenReport {
  return withCryptoki(file, (cryptoki) => {
    const info = call("C_GetInfo", () => cryptoki.C_GetInfo());
    const { slot, ...token } = findToken(cryptoki, named);
    const { flags, maxSessionCount, utcTime } = call("C_GetTokenInfo", () => cryptoki.C_GetTokenInfo(slot));
    const isLimited = maxSessionCount !== 0 && maxSessionCount !== unstated;
    const clockMs = (flags & flag.CKF_CLOCK_ON_TOKEN) === 0 ? undefined : tokenTime(utcTime);
    return {
      module: {
        file,
        library: `${info.libraryDescription.trim()} ${version(info.libraryVersion)}`,
        cryptoki: version(info.cryptokiVersion),
      },
      token,
      pin: pinState(flags),
      ...(isLimited && { sessions: maxSessionCount }),
      ...(clockMs !== undefined && { clockMs }),
      missingMechanisms: missingMechanisms(cryptoki, slot),
      ...profileIn(token, vendor),
    };
  });
}

/** The flags of CK_TOKEN_INFO that tell of the user PIN, the worst first. */
export function pinState(flags: number): PinState {
  if ((flags & flag.CKF_USER_PIN_INITIALIZED) === 0) return "not set";
  if ((flags & flag.CKF_USER_PIN_LOCKED) !== 0) return "locked";
  if ((flags & flag.CKF_USER_PIN_FINAL_TRY) !== 0) return "last try";
  if ((flags & flag.CKF_USER_PIN_TO_BE_CHANGED) !== 0) return "must be changed";
  return (flags & flag.CKF_USER_PIN_COUNT_LOW) === 0 ? "fine" : "failed before";
}

/** `YYYYMMDDhhmmss00` in UTC (PKCS#11 2.40 §3.2); undefined if it is not of that form. */
export function tokenTime(text: string): number | undefined {
  const iso = text.replace(/^(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)\d\d$/, "$1-$2-$3T$4:$5:$6Z");
  const time = Date.parse(iso);
  return iso === text || Number.isNaN(time) ? undefined : time;
}

function missingMechanisms(cryptoki: Cryptoki, slot: SlotHandle): string[] {
  const present = call("C_GetMechanismList", () => cryptoki.C_GetMechanismList(slot));
  return wanted.filter((name) => !present.includes(mechanism[name]));
}

function profileIn(
  token: Parameters<typeof profileOf>[0],
  named: Vendor | undefined,
): Pick<TokenReport, "vendor" | "known"> {
  try {
    return { vendor: profileOf(token, named).vendor, known: true };
  } catch {
    return { known: false };
  }
}

function version({ major, minor }: { major: number; minor: number }): string {
  return `${major}.${minor}`;
}
