/**
 * What helps after a failed call. The first four are the keeper's own doing, in the process that has the token open; the
 * daemon does the rest.
 *
 * - `session`: the session is closed and another one used; nothing else is lost.
 * - `renew`: sessions, login and handles may be lost: new sessions, a login if there is none, every key found and its
 *   public key compared again.
 * - `login`: the login is lost: one login, then as `renew`.
 * - `backOff`: the device is busy: asked again after a random pause, and by fewer sessions at a time.
 * - `fewer`: the device has no room for what is asked of it; the pool makes do with the sessions that it has.
 * - `rebuild`: the state of module or device is unknown: the keeper is killed and rebuilt.
 * - `absent`: the device is not there: the keeper is killed, and rebuilt with growing pauses until it is.
 * - `refused`: the device is well and says no: somebody must change its configuration.
 * - `pin`: about the PIN; it is latched and not tried again.
 * - `ours`: a mistake of this program; the session is closed.
 */
export type Remedy =
  | "session"
  | "renew"
  | "login"
  | "backOff"
  | "fewer"
  | "rebuild"
  | "absent"
  | "refused"
  | "pin"
  | "ours";

export interface Fault {
  readonly remedy: Remedy;
  /** How often the request is made again after it; each time with the same digest, before anything was released. */
  readonly retries: number;
  /** Whether an operator has to look even if the request came out well in the end. */
  readonly alarm: boolean;
}

const fault = (remedy: Remedy, retries: number, alarm = false): Fault => ({ remedy, retries, alarm });

/** A return value with its number in PKCS#11 2.40: the binding does not know the names of all. */
type Row = readonly [name: string, value: number, fault: Fault];

/** What to do after each return value that a device or module is known to give. */
const rows: readonly Row[] = [
  ["CKR_OPERATION_ACTIVE", 0x90, fault("session", 1)],
  ["CKR_OPERATION_NOT_INITIALIZED", 0x91, fault("session", 1, true)],
  ["CKR_SESSION_CLOSED", 0xb0, fault("renew", 1)],
  ["CKR_SESSION_HANDLE_INVALID", 0xb3, fault("renew", 1)],
  ["CKR_OBJECT_HANDLE_INVALID", 0x82, fault("renew", 1)],
  ["CKR_KEY_HANDLE_INVALID", 0x60, fault("renew", 1)],
  ["CKR_USER_NOT_LOGGED_IN", 0x101, fault("login", 1)],
  ["CKR_FUNCTION_FAILED", 0x6, fault("backOff", 2)],
  // the session that the module would not open is not waited for: the request takes the next one that is free
  ["CKR_SESSION_COUNT", 0xb1, fault("fewer", 0, true)],
  // a YubiHSM's audit log is full, or CloudHSM has too many sessions: works again once somebody has drained it
  ["CKR_DEVICE_MEMORY", 0x31, fault("fewer", 0, true)],
  ["CKR_CRYPTOKI_NOT_INITIALIZED", 0x190, fault("rebuild", 1)],
  ["CKR_DEVICE_ERROR", 0x30, fault("rebuild", 1)],
  ["CKR_GENERAL_ERROR", 0x5, fault("rebuild", 1)],
  ["CKR_HOST_MEMORY", 0x2, fault("rebuild", 1)],
  ["CKR_DEVICE_REMOVED", 0x32, fault("absent", 0)],
  ["CKR_TOKEN_NOT_PRESENT", 0xe0, fault("absent", 0)],
  ["CKR_FUNCTION_REJECTED", 0x200, fault("refused", 0, true)],
  ["CKR_KEY_FUNCTION_NOT_PERMITTED", 0x68, fault("refused", 0, true)],
  ["CKR_PIN_INCORRECT", 0xa0, fault("pin", 0, true)],
  ["CKR_PIN_INVALID", 0xa1, fault("pin", 0, true)],
  ["CKR_PIN_LEN_RANGE", 0xa2, fault("pin", 0, true)],
  ["CKR_PIN_EXPIRED", 0xa3, fault("pin", 0, true)],
  ["CKR_PIN_LOCKED", 0xa4, fault("pin", 0, true)],
  ["CKR_BUFFER_TOO_SMALL", 0x150, fault("ours", 0, true)],
  ["CKR_DATA_LEN_RANGE", 0x21, fault("ours", 0, true)],
];

/** The return values that {@link faultOf} knows. */
export const knownReturnValues: readonly string[] = rows.map(([name]) => name);

/** Any other return value says as little about the device as CKR_DEVICE_ERROR. */
const unknown = fault("rebuild", 1);

const byCode = new Map(
  rows.flatMap(([name, value, what]) => [
    [name, what],
    [unnamedReturnValue(value), what],
  ]),
);

/** What to do after a failed call, by the return value's name as `hsm_error` has it. */
export function faultOf(code: string): Fault {
  return byCode.get(code) ?? unknown;
}

/** States of a device, of a session or of a module, in which nothing was said about a PIN that came along. */
const states: readonly Remedy[] = ["session", "renew", "login", "backOff", "fewer", "rebuild", "absent"];

/** Whether a return value is one that is known to say nothing about a PIN; a vendor's own may say anything. */
export function saysNothingOfPin(code: string): boolean {
  const known = byCode.get(code);
  return known !== undefined && states.includes(known.remedy);
}

/** How a return value reads whose name is not known. */
export function unnamedReturnValue(value: number): string {
  return `CKR_0x${value.toString(16).toUpperCase()}`;
}
