import { check } from "../../shared/schema/index.ts";
import type { CeremonyStatement } from "../ceremony/index.ts";
import { type AnyKeySpec, anyKeySpecSchema } from "./keySpec.ts";

/** The key of a ceremony as a keeper takes it. @throws AttestorError `invalid_field` for one that no keeper takes. */
export function ceremonySpec({ name, uri, publicKey, use, custody }: CeremonyStatement["key"]): AnyKeySpec {
  const usedFor = use === "audit" ? { use } : use;
  return check(anyKeySpecSchema, { name, uri, publicKey, ...usedFor, ...(custody && { custody }) }, "key");
}
