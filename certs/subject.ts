import type { JsonName } from "@peculiar/x509";
import { AttestorError } from "../shared/errors/index.ts";

/** A certificate's subject: a common name, at most 64 characters (RFC 5280, `ub-common-name`). */
export function subject(commonName: string): JsonName {
  if (/^[\x20-\x7e]{1,64}$/.test(commonName)) return [{ CN: [commonName] }];
  throw new AttestorError("usage", { reason: "the name must be 1 to 64 printable ASCII characters" });
}
