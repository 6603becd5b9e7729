import { z } from "zod";
import { type FieldText, isFieldText } from "../aleo/index.ts";
import { hexBytes } from "../schema/index.ts";

const fieldText = z
  .string()
  .refine(isFieldText)
  .transform((text) => text as FieldText);

/** A packet hash or digest of any scheme in messages; whether it is of the right form is seen when it is compared. */
export const hashText = z.union([hexBytes(32), fieldText], {
  error: "must be 0x and 64 hex digits, or an Aleo field such as 12field",
});
