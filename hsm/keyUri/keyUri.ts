import { AttestorError } from "../../shared/errors/index.ts";
import { nearest } from "../../shared/schema/index.ts";
import { percentDecode, percentEncode, percentEncodeAll, type UriPart, utf8Text } from "./percent.ts";

/** Where a PIN is read from: an absolute path, or a name under `$CREDENTIALS_DIRECTORY` (systemd's LoadCredential). */
export type PinSource = { readonly file: string } | { readonly credential: string };

/** Whose tokens' ways are known, and `generic` for any other; see hsm/pkcs11/vendors. */
export const vendors = ["softhsm", "cloudhsm", "yubihsm", "generic"] as const;
export type Vendor = (typeof vendors)[number];

/** A key in a PKCS#11 token, named so that exactly one key can be meant (RFC 7512). */
export interface KeyUri {
  /** Absolute path of the vendor's PKCS#11 library (`module-path`). */
  readonly module: string;
  /** Token label, up to 32 bytes in UTF-8. */
  readonly token: string;
  /** Token serial number, up to 16 bytes in UTF-8: a label alone may be given to a second token. */
  readonly serial: string;
  /** CKA_ID, 1 to 255 bytes. */
  readonly id: Uint8Array;
  /** CKA_LABEL. */
  readonly object: string;
  readonly pinSource: PinSource;
  /** Whose token it is, where the token does not tell (`x-vendor`, our own extension). */
  readonly vendor?: Vendor;
}

const pathAttributes = ["token", "serial", "id", "object", "type"] as const;
const queryAttributes = ["module-path", "pin-source", "x-vendor"] as const;

/** Attributes of RFC 7512 that we refuse, and what to write instead. */
const refused: Readonly<Record<string, string>> = {
  "pin-value": "puts the PIN into the configuration; write pin-source=file:/PATH instead",
  "module-name": "leaves the choice of library to the system; write module-path=/PATH instead",
  manufacturer: "is not used; token and serial name the token",
  model: "is not used; token and serial name the token",
  "slot-id": "changes between starts; token and serial name the token",
  "slot-description": "is not used; token and serial name the token",
  "slot-manufacturer": "is not used; token and serial name the token",
  "library-description": "is not used; module-path names the library",
  "library-manufacturer": "is not used; module-path names the library",
  "library-version": "is not used; module-path names the library",
};

/**
 * Reads a key URI of RFC 7512, strictly: every attribute that narrows the choice to one key must be there, every other
 * one is refused, and the PIN stands in a file, never in the URI.
 *
 * `pkcs11:token=T;serial=S;id=%00%01;object=O[;type=private]?module-path=/PATH&pin-source=file:/PATH`. Besides an
 * absolute path, `pin-source=file:$CREDENTIALS_DIRECTORY/NAME` is understood, and `x-vendor=NAME` chooses the
 * {@link Vendor} (our own extensions).
 *
 * @throws AttestorError `invalid_field` (field `uri`); the reason quotes attribute names, never values.
 */
export function parseKeyUri(text: string): KeyUri {
  return parseTokenUri(text, { start: "pkcs11:", type: "private", further: [] }).key;
}

/** A way to write where in a token a key is: that of {@link parseKeyUri}, or one with query attributes of its own. */
export interface TokenUriForm {
  /** What such a URI begins with. */
  readonly start: string;
  /** The kind of key, which may be said (`type`). */
  readonly type: "private" | "secret-key";
  /** Query attributes besides, each of which must be there. */
  readonly further: readonly string[];
}

/** @throws AttestorError as {@link parseKeyUri}. */
export function parseTokenUri(text: string, form: TokenUriForm): { key: KeyUri; further: readonly string[] } {
  if (!text.startsWith(form.start)) throw invalid(`must start with ${form.start} (RFC 7512)`);
  const [path = "", query = ""] = splitAtMark(text.slice(form.start.length));
  const inPath = attributesOf(path, ";", "path", pathAttributes);
  const inQuery = attributesOf(query, "&", "query", [...queryAttributes, ...form.further]);
  const type = inPath.get("type");
  if (type !== undefined && textOf("type", type) !== form.type) throw invalid(`type must be ${form.type}`);
  const vendor = inQuery.get("x-vendor");
  const key = {
    ...(vendor && { vendor: vendorOf(textOf("x-vendor", vendor)) }),
    token: bounded("token", textOf("token", required(inPath, "token")), 32),
    serial: bounded("serial", textOf("serial", required(inPath, "serial")), 16),
    object: bounded("object", textOf("object", required(inPath, "object")), 255),
    id: keyId(required(inPath, "id")),
    module: absolutePath("module-path", textOf("module-path", required(inQuery, "module-path"))),
    pinSource: pinSource(textOf("pin-source", required(inQuery, "pin-source"))),
  };
  return { key, further: form.further.map((name) => absolutePath(name, textOf(name, required(inQuery, name)))) };
}

/** Writes the URI that {@link parseKeyUri} reads back as the same key. */
export function formatKeyUri(uri: KeyUri): string {
  return formatTokenUri(uri, { start: "pkcs11:", type: "private", further: [] }, []);
}

/** @param further the values of the form's own attributes. */
export function formatTokenUri(uri: KeyUri, form: TokenUriForm, further: readonly string[]): string {
  const pin = "file" in uri.pinSource ? uri.pinSource.file : `${credentialPrefix}${uri.pinSource.credential}`;
  const path = [
    `token=${percentEncode(uri.token, "path")}`,
    `serial=${percentEncode(uri.serial, "path")}`,
    `id=${percentEncodeAll(uri.id)}`,
    `object=${percentEncode(uri.object, "path")}`,
    `type=${form.type}`,
  ];
  const query = [
    `module-path=${percentEncode(uri.module, "query")}`,
    `pin-source=${percentEncode(`file:${pin}`, "query")}`,
    ...(uri.vendor ? [`x-vendor=${uri.vendor}`] : []),
    ...form.further.map((name, index) => `${name}=${percentEncode(further[index] ?? "", "query")}`),
  ];
  return `${form.start}${path.join(";")}?${query.join("&")}`;
}

/** Equal for two URIs exactly if their keys are in the same token, reached by the same module and PIN file. */
export function tokenOf(uri: KeyUri): string {
  return JSON.stringify([uri.module, uri.token, uri.serial, uri.pinSource, uri.vendor]);
}

/** A question mark in the query stands for itself (RFC 7512 §2.3), so only the first one divides. */
function splitAtMark(text: string): string[] {
  const mark = text.indexOf("?");
  return mark < 0 ? [text] : [text.slice(0, mark), text.slice(mark + 1)];
}

function attributesOf(
  text: string,
  separator: string,
  part: UriPart,
  known: readonly string[],
): ReadonlyMap<string, Uint8Array> {
  const found = new Map<string, Uint8Array>();
  for (const pair of text === "" ? [] : text.split(separator)) {
    const [, name, encoded = ""] = /^([A-Za-z0-9_-]+)=(.*)$/s.exec(pair) ?? [];
    if (name === undefined) throw invalid(`has a ${part} attribute that is not of the form name=value`);
    if (!known.includes(name)) throw invalid(unknownAttribute(name, part));
    if (found.has(name)) throw invalid(`has the attribute ${name} twice`);
    const value = percentDecode(encoded, part);
    if (value === undefined) throw invalid(`${name} has a character that must be percent-encoded, or a bad escape`);
    found.set(name, value);
  }
  return found;
}

function unknownAttribute(name: string, part: UriPart): string {
  const why = refused[name];
  if (why !== undefined) return `${name} ${why}`;
  const other: readonly string[] = part === "path" ? queryAttributes : pathAttributes;
  if (other.includes(name)) return `${name} belongs ${part === "path" ? "after" : "before"} the question mark`;
  const guess = nearest(name, [...pathAttributes, ...queryAttributes]);
  return `${name} is not a known attribute${guess ? `; did you mean ${guess}?` : ""}`;
}

function required(found: ReadonlyMap<string, Uint8Array>, name: string): Uint8Array {
  const value = found.get(name);
  if (value === undefined) throw invalid(`must have the attribute ${name}`);
  return value;
}

function textOf(name: string, bytes: Uint8Array): string {
  const text = utf8Text(bytes);
  if (text === undefined) throw invalid(`${name} must be UTF-8`);
  if (text === "" || text.includes("\0")) throw invalid(`${name} must not be empty or hold a NUL`);
  return text;
}

function bounded(name: string, text: string, bytes: number): string {
  if (Buffer.byteLength(text) > bytes) throw invalid(`${name} must be at most ${bytes} bytes long`);
  return text;
}

function keyId(bytes: Uint8Array): Uint8Array {
  if (bytes.length < 1 || bytes.length > 255) throw invalid("id must be 1 to 255 bytes");
  return bytes;
}

function absolutePath(name: string, text: string): string {
  if (!text.startsWith("/")) throw invalid(`${name} must be an absolute path`);
  return text;
}

function vendorOf(text: string): Vendor {
  const vendor = vendors.find((known) => known === text);
  if (vendor) return vendor;
  throw invalid(`x-vendor must be ${vendors.join(" or ")}`);
}

const credentialPrefix = "$CREDENTIALS_DIRECTORY/";

function pinSource(text: string): PinSource {
  if (!text.startsWith("file:")) throw invalid("pin-source must be file:/PATH; other sources are not supported");
  const location = text.slice("file:".length).replace(/^\/\/(?=\/)/, ""); // file:///PATH is file:/PATH (RFC 8089)
  if (location.startsWith("//")) throw invalid("pin-source must not name a host");
  if (!location.startsWith(credentialPrefix)) return { file: absolutePath("pin-source", location) };
  const credential = location.slice(credentialPrefix.length);
  if (!/^[A-Za-z0-9_-][A-Za-z0-9._-]*$/.test(credential)) {
    throw invalid("pin-source must name one file in $CREDENTIALS_DIRECTORY");
  }
  return { credential };
}

function invalid(reason: string): AttestorError {
  return new AttestorError("invalid_field", { field: "uri", reason });
}
