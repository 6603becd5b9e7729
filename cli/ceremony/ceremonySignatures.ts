import { AttestorError } from "../../shared/errors/index.ts";
import { isSignatureOf, parseSshPublicKey, parseSshSignature } from "../../signer/index.ts";

/** Whose key is whose: name → the key as `type base64`. */
export type SignerKeys = ReadonlyMap<string, readonly string[]>;

/**
 * Reads lines of `NAME TYPE BASE64 [COMMENT]`, which is what `ssh-keygen -Y verify` takes as allowed signers.
 *
 * @throws AttestorError `invalid_field` naming the line.
 */
export function parseSignerKeys(text: string): SignerKeys {
  const keys = new Map<string, string[]>();
  for (const [index, line] of text.split("\n").entries()) {
    if (line.trim() === "" || line.startsWith("#")) continue;
    const [, name, key] = /^(\S+)[ \t]+(.+)$/.exec(line.trim()) ?? [];
    if (name === undefined || key === undefined) {
      throw new AttestorError("invalid_field", { field: `line ${index + 1}`, reason: "must be NAME TYPE BASE64" });
    }
    keys.set(name, [...(keys.get(name) ?? []), parseSshPublicKey(key).line]);
  }
  return keys;
}

/**
 * Who of those people signed the transcript.
 *
 * @param signatures as `ssh-keygen -Y sign` writes them.
 * @throws AttestorError `invalid_field` for a signature that is none, is by nobody of them, or is over another text.
 */
export function signersOf(transcript: string, signatures: readonly string[], keys: SignerKeys): ReadonlySet<string> {
  const names = signatures.map((text, index) => {
    const signature = parseSshSignature(text);
    const [name] = [...keys].find(([, lines]) => lines.includes(signature.publicKey.line)) ?? [];
    const field = `signature ${index + 1}`;
    if (name === undefined) throw new AttestorError("invalid_field", { field, reason: "is by none of the signers" });
    if (isSignatureOf(signature, transcript)) return name;
    throw new AttestorError("invalid_field", { field, reason: `is by ${name}, but not over this transcript` });
  });
  return new Set(names);
}
