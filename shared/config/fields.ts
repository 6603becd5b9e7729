import { z } from "zod";
import { integer } from "../schema/index.ts";
import type { ResolvePath } from "./loadConfig.ts";

/** A file or folder; relative paths start at the configuration file's folder. */
export function filePath(resolvePath: ResolvePath) {
  return z
    .string({ error: "must be a path" })
    .min(1, { error: "must not be empty" })
    .transform((text) => resolvePath(text));
}

/** Where a server listens. Port 0 lets the system choose (for tests). */
export function listenAddress() {
  return z.strictObject({ host: z.string().min(1).default("127.0.0.1"), port: integer(0, 65535) });
}
export type ListenAddress = z.output<ReturnType<typeof listenAddress>>;

/** An own certificate with its key, and the authority whose certificates the other side must show. PEM files. */
export function tlsFiles(resolvePath: ResolvePath) {
  const file = filePath(resolvePath);
  return z.strictObject({ certificate: file, key: file, peerAuthority: file });
}
export type TlsFiles = z.output<ReturnType<typeof tlsFiles>>;

/** The pin of a certificate's public key: `sha256/` and the base64 of SHA-256 over its SubjectPublicKeyInfo (RFC 7469). */
export const publicKeyPin = z
  .string({ error: "must be a public key pin (attestor certs pin FILE)" })
  .regex(/^sha256\/[A-Za-z0-9+/]{43}=$/, {
    error: "must be sha256/ and 44 base64 characters (attestor certs pin FILE)",
  });

/** How much a service writes to its log. */
export const logLevel = z.enum(["error", "warn", "info", "debug"]).default("info");
