import { closeSync, constants, fstatSync, openSync, readFileSync } from "node:fs";
import path from "node:path";
import { Secret } from "../../shared/config/index.ts";
import { AttestorError, faultName } from "../../shared/errors/index.ts";
import type { PinSource } from "../keyUri/index.ts";

/** A PIN with the version of the file it came from: another version may hold another PIN. */
export interface Pin {
  readonly value: Secret;
  /** Changes whenever the file is written or replaced; says nothing about the PIN. */
  readonly version: string;
}

/** Longest PIN file that is read, in bytes. */
const longestFile = 1024;

/**
 * Reads a PIN: the whole file as UTF-8 without one newline at its end.
 *
 * The file must belong to this user (or to root) and nobody else may have access to it.
 *
 * @throws AttestorError `pin_unreadable`.
 */
export function readPin(source: PinSource, environment: NodeJS.ProcessEnv): Pin {
  const location = locate(source, environment);
  const refuse = (reason: string) => new AttestorError("pin_unreadable", { location, reason });
  const descriptor = open(location, refuse);
  try {
    const status = fstatSync(descriptor, { bigint: true });
    if (!status.isFile()) throw refuse("it is not a file");
    if (status.size > longestFile) throw refuse(`it is longer than ${longestFile} bytes`);
    if (status.uid !== 0n && Number(status.uid) !== process.geteuid?.()) throw refuse("it belongs to another user");
    const open = Number(status.mode) & forbiddenBits(source);
    if (open !== 0) throw refuse("other users have access to it; run chmod 600 on it");
    return {
      value: pinIn(readFileSync(descriptor), refuse),
      version: [status.dev, status.ino, status.size, status.mtimeNs, status.ctimeNs].join("-"),
    };
  } finally {
    closeSync(descriptor);
  }
}

function locate(source: PinSource, environment: NodeJS.ProcessEnv): string {
  if ("file" in source) return source.file;
  const folder = environment.CREDENTIALS_DIRECTORY;
  if (folder !== undefined && path.isAbsolute(folder)) return path.join(folder, source.credential);
  const location = `$CREDENTIALS_DIRECTORY/${source.credential}`;
  throw new AttestorError("pin_unreadable", { location, reason: "CREDENTIALS_DIRECTORY is not set to a folder" });
}

/**
 * systemd lets the service's user read a credential by an access control list, whose mask shows in the group bits; the
 * folder around it is closed to everybody else.
 */
function forbiddenBits(source: PinSource): number {
  return "credential" in source ? 0o007 : 0o077;
}

function open(location: string, refuse: (reason: string) => AttestorError): number {
  try {
    return openSync(location, constants.O_RDONLY | constants.O_NONBLOCK); // a FIFO must not block the keeper
  } catch (error) {
    const code = faultName(error);
    throw refuse(code === "ENOENT" ? "it does not exist" : `it cannot be opened (${code})`);
  }
}

function pinIn(bytes: Buffer, refuse: (reason: string) => AttestorError): Secret {
  let text: string;
  try {
    text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    throw refuse("it is not UTF-8 text");
  } finally {
    bytes.fill(0);
  }
  const pin = text.replace(/\r?\n$/, "");
  if (pin === "") throw refuse("it is empty");
  // a stray character would cost one of the few tries that a token allows
  if (/[\p{Cc}\uFEFF]/u.test(pin)) throw refuse("it holds a second line, a control character or a byte order mark");
  return new Secret(pin);
}
