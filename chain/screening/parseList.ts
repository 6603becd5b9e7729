import { createHash } from "node:crypto";
import { parseDocument } from "yaml";
import { z } from "zod";
import { isAleoAddress } from "../../shared/packet/index.ts";
import { printableAscii, problemsOf } from "../../shared/schema/index.ts";
import type { ScreenedAddress } from "./screening.ts";

/** A screening list as read from a file. */
export interface ScreeningList {
  /** As the file says, or `sha256:` and the hash of its bytes. */
  readonly version: string;
  /** SHA-256 of the file's bytes, hex. */
  readonly hash: string;
  has(address: ScreenedAddress): boolean;
}

const yamlList = z.strictObject({ version: printableAscii.optional(), addresses: z.array(z.string()) });

/**
 * Reads a list: YAML (`version`, `addresses`) where the file's name ends so, otherwise text with one address a line,
 * where `#` begins a comment and a line `# version: TEXT` names the version.
 *
 * @returns the list, or why the file can't be one. Nothing broken is skipped, and a list without any address is broken:
 * it looks like a file that was cut off.
 */
export function parseList(fileName: string, bytes: Buffer): ScreeningList | { readonly broken: string } {
  const text = bytes.toString("utf8");
  const read = /\.ya?ml$/.test(fileName) ? readYaml(text) : readLines(text);
  if ("broken" in read) return read;
  const { version, addresses } = read;
  if (addresses.length === 0) return { broken: "it holds no address" };
  const invalid = addresses.findIndex((address) => !isPlausible(address));
  if (invalid >= 0) return { broken: `entry ${invalid + 1} is not an address` };
  const listed = new Set(addresses.map(comparable));
  const hash = createHash("sha256").update(bytes).digest("hex");
  return {
    version: version ?? `sha256:${hash}`,
    hash,
    has: ({ family, text: address }) => listed.has(family === "evm" ? address.toLowerCase() : address),
  };
}

interface Entries {
  readonly version: string | undefined;
  readonly addresses: readonly string[];
}

function readLines(text: string): Entries | { readonly broken: string } {
  const version = /^#[ \t]*version:[ \t]*(.*?)[ \t]*$/m.exec(text)?.[1];
  if (version !== undefined && !printableAscii.safeParse(version).success) {
    return { broken: "its version is not 1 to 128 printable ASCII characters" };
  }
  const lines = text.split(/\r?\n/).map((line) => line.replace(/#.*$/, "").trim());
  return { version, addresses: lines.filter((line) => line !== "") };
}

function readYaml(text: string): Entries | { readonly broken: string } {
  // An unquoted 0x… is a number to YAML; the plain schema leaves it text.
  const document = parseDocument(text, { schema: "failsafe", uniqueKeys: true, merge: false });
  if (document.errors.length > 0) return { broken: "it is not valid YAML" };
  const result = problemsOf(yamlList, document.toJS({ maxAliasCount: 0 }));
  if ("value" in result) return { version: result.value.version, addresses: result.value.addresses };
  const [first] = result.problems;
  return { broken: `${first?.path || "the file"}: ${first?.reason ?? "is not valid"}` };
}

/** 20 bytes in hex, whatever stands around them, and the other way to write an EVM address (ICAP). */
const evmForms = [/(?<![0-9a-f])[0-9a-f]{40}(?![0-9a-f])/i, /^(iban:)?XE[0-9]{2}[0-9A-Z]{30,31}$/i];

/**
 * Any chain's address may be listed; one of a kind that we know must be whole, and in the form that packets have: in another one
 * (no 0x, quotes, a prefix) it would look listed and flag nothing.
 */
function isPlausible(text: string): boolean {
  if (/^0x/i.test(text) || evmForms.some((form) => form.test(text))) return /^0x[0-9a-f]{40}$/i.test(text);
  if (/aleo1/i.test(text)) return isAleoAddress(text);
  return /^[\x21-\x7e]{8,128}$/.test(text);
}

/** 20-byte addresses are compared without letter case, all others as they are. */
function comparable(text: string): string {
  return /^0x[0-9a-f]{40}$/i.test(text) ? text.toLowerCase() : text;
}
