import { AttestorError } from "../../shared/errors/index.ts";

/** The names that a new key gets in its token. @throws AttestorError `invalid_field`. */
export function keyNames({ id, label }: { readonly id: string; readonly label: string }): {
  id: Buffer;
  object: string;
} {
  if (!/^[0-9a-fA-F]{4}$/.test(id)) throw invalid("id", "must be 4 hex digits, such as 0001");
  if (!/^[^\0]{1,255}$/u.test(label)) throw invalid("label", "must be 1 to 255 characters");
  return { id: Buffer.from(id, "hex"), object: label };
}

function invalid(field: string, reason: string): AttestorError {
  return new AttestorError("invalid_field", { field, reason });
}
