import { z } from "zod";
import { isAttestorError } from "../errors/index.ts";
import { isSchnorrText, type SchnorrText } from "./schnorr/index.ts";
import { type AleoAddressText, parseAddress } from "./text.ts";

/** An address that an account can have, as {@link parseAddress} takes it. */
export const aleoAddress = z
  .string({ error: "must be an Aleo address" })
  .transform((text, context): AleoAddressText => {
    try {
      parseAddress(text, "address");
    } catch (error) {
      const message = isAttestorError(error, "invalid_field") ? error.data.reason : "must be an Aleo address";
      context.addIssue({ code: "custom", message });
    }
    return text as AleoAddressText;
  });

/** A text that is spelt like a signature by an Aleo account. */
export const schnorrText = z
  .string({ error: "must be an Aleo signature (sign1…)" })
  .refine(isSchnorrText, { error: "must be an Aleo signature (sign1…)" })
  .transform((text) => text as SchnorrText);
