import { closeSync, existsSync, fsyncSync, mkdirSync, openSync, renameSync, writeFileSync } from "node:fs";
import path from "node:path";
import { AttestorError } from "../shared/errors/index.ts";

/** Where a certificate and its key are. PEM files. */
export interface CertificateFiles {
  readonly certificateFile: string;
  readonly keyFile: string;
}

export function certificateFiles(folder: string, name: string): CertificateFiles {
  return { certificateFile: path.join(folder, `${name}.crt`), keyFile: path.join(folder, `${name}.key`) };
}

/**
 * Makes sure that nothing stands where a new certificate and key are to go: a lost private key cannot be made again.
 *
 * @throws AttestorError `conflict` naming the file that exists.
 */
export function refuseExisting(files: CertificateFiles): void {
  const standing = [files.keyFile, files.certificateFile].find((file) => existsSync(file));
  if (standing === undefined) return;
  throw new AttestorError("conflict", {
    reason: `${standing} exists already and is left as it is: choose another name or folder, or move it away yourself`,
  });
}

/** Writes a private key that only its owner can read (mode 0600) and that replaces nothing. */
export function writeKey(file: string, pem: string): void {
  mkdirSync(path.dirname(file), { recursive: true });
  writeDurably(file, pem, "wx", 0o600);
}

/** Writes a certificate in one step: a reader sees the old one or the new one, never half of it. */
export function writeCertificate(file: string, pem: string): void {
  mkdirSync(path.dirname(file), { recursive: true });
  const draft = `${file}.new`;
  writeDurably(draft, pem, "w", 0o644);
  renameSync(draft, file);
}

function writeDurably(file: string, text: string, flag: "w" | "wx", mode: number): void {
  const descriptor = openSync(file, flag, mode);
  try {
    writeFileSync(descriptor, text);
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
}
