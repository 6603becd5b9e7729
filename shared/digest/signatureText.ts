import { z } from "zod";
import { type SchnorrText, schnorrText } from "../aleo/index.ts";
import { hexBytes } from "../schema/index.ts";
import type { Hex } from "./scheme.ts";

/** A signature over a digest: 65 bytes r ‖ s ‖ v in hex with low s, or an Aleo account's `sign1…`. */
export type SignatureText = Hex | SchnorrText;

/** A signature of either form in messages; whether it is anybody's is seen when it is verified. */
export const signatureText = z.union([hexBytes(65), schnorrText], {
  error: "must be 65 bytes of hex, or an Aleo signature (sign1…)",
});
