import { AttestorError } from "../../shared/errors/index.ts";
import { flag } from "./constants.ts";
import { type Cryptoki, call, type SlotHandle } from "./cryptoki.ts";

/** A token that is present, with the names it gives itself. */
export interface Token {
  readonly slot: SlotHandle;
  readonly label: string;
  readonly serial: string;
  readonly manufacturer: string;
  readonly model: string;
  /** Version of the device's firmware, `major.minor`. */
  readonly firmware: string;
}

/**
 * The initialised tokens that the module shows now.
 *
 * @throws AttestorError `hsm_error`, also for one token of several that does not say who it is.
 */
export function presentTokens(cryptoki: Cryptoki): Token[] {
  const { tokens, mute } = lookIntoSlots(cryptoki);
  if (mute) throw mute;
  return tokens;
}

/** What is in a module's slots. */
interface Slots {
  readonly tokens: Token[];
  /** What the first token answered that did not say who it is. */
  readonly mute: AttestorError | undefined;
}

function lookIntoSlots(cryptoki: Cryptoki): Slots {
  const slots = call("C_GetSlotList", () => cryptoki.C_GetSlotList(true));
  const tokens: Token[] = [];
  let mute: AttestorError | undefined;
  for (const slot of slots) {
    try {
      const token = tokenIn(cryptoki, slot);
      if (token) tokens.push(token);
    } catch (error) {
      if (!(error instanceof AttestorError)) throw error;
      mute ??= error;
    }
  }
  return { tokens, mute };
}

/** @returns undefined for a token that nobody has initialised. @throws AttestorError `hsm_error`. */
function tokenIn(cryptoki: Cryptoki, slot: SlotHandle): Token | undefined {
  const info = call("C_GetTokenInfo", () => cryptoki.C_GetTokenInfo(slot));
  if ((info.flags & flag.CKF_TOKEN_INITIALIZED) === 0) return undefined;
  const { major, minor } = info.firmwareVersion;
  return {
    slot,
    label: unpadded(info.label),
    serial: unpadded(info.serialNumber),
    manufacturer: unpadded(info.manufacturerID),
    model: unpadded(info.model),
    firmware: `${major}.${minor}`,
  };
}

/**
 * Finds a token by label and, where given, serial number; slot numbers change between starts, so nothing goes by them. One
 * of several devices behind a module may be gone: that matters only to whoever wants a token that is not found.
 *
 * @throws AttestorError `token_missing` unless exactly one matches; `hsm_error` if it may be the one that does not say who it is.
 */
export function findToken(cryptoki: Cryptoki, wanted: { label: string; serial?: string }): Token {
  const { tokens: present, mute } = lookIntoSlots(cryptoki);
  // a label alone may be that of the mute one too
  if (mute && wanted.serial === undefined) throw mute;
  const matches = present.filter(
    ({ label, serial }) => label === wanted.label && (wanted.serial === undefined || serial === wanted.serial),
  );
  const [token, ...others] = matches;
  if (token !== undefined && others.length === 0) return token;
  if (mute && token === undefined) throw mute;
  throw new AttestorError("token_missing", { token: wanted.label, reason: explain(wanted, present, matches.length) });
}

/**
 * Whether the token that was found is still the one in its slot: a slot outlives what is put into it. To be asked with a session
 * open, which ends with the token that it was opened with.
 *
 * @throws AttestorError `token_missing`, `hsm_error`.
 */
export function refuseOtherToken(cryptoki: Cryptoki, { slot, label, serial }: Token): void {
  const present = tokenIn(cryptoki, slot);
  if (present?.label === label && present.serial === serial) return;
  const found = present ? `token ${present.label} with serial ${present.serial}` : "none that is initialised";
  throw new AttestorError("token_missing", {
    token: label,
    reason: `another one is in its slot now: ${found}, instead of serial ${serial}; it was not logged in to`,
  });
}

function explain(wanted: { label: string; serial?: string }, present: readonly Token[], matches: number): string {
  if (matches > 1) return `${matches} tokens have this label; name its serial number`;
  const named = present.filter(({ label }) => label === wanted.label).map(({ serial }) => serial);
  if (named.length > 0) return `there is no such token with serial ${wanted.serial}; there is ${named.join(", ")}`;
  const labels = present.map(({ label }) => label);
  const none = "no initialised token (SoftHSM looks for its tokens where the environment's SOFTHSM2_CONF says)";
  return `the module does not show it; it shows ${labels.length > 0 ? labels.join(", ") : none}`;
}

/** PKCS#11 pads these fields with blanks to their full width. */
function unpadded(text: string): string {
  return text.replace(/[ \0]+$/, "");
}
