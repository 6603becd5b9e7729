import { z } from "zod";
import { type AleoNetwork, aleoBlockHash } from "../../../shared/aleo/index.ts";

/** Shapes of an Aleo node's REST answers (snarkOS `node/rest`), strict in what we use of them. */

/** A height, or seconds: whatever is larger is no number of ours. */
export const smallNumber = z.int({ error: "must be a whole number" }).min(0, { error: "must be a whole number" });

export const blockAnswer = z.object({
  block_hash: aleoBlockHash,
  previous_hash: aleoBlockHash,
  header: z.object({ metadata: z.object({ network: smallNumber, height: smallNumber, timestamp: smallNumber }) }),
});

const valueText = z.string({ error: "must be the text of a value, or null" }).nullable();

/** With `?metadata=true` value and height come together; a node that does not know the parameter answers the value alone. */
export const mappingAnswer = z.union([
  z.strictObject({ data: valueText, height: smallNumber }),
  valueText.transform((data) => ({ data, height: undefined })),
]);

/** `null` is how a node says that there is none. */
export const programAnswer = z
  .string({ error: "must be a program's text" })
  .nullable()
  .transform((text) => text ?? undefined);

/** How blocks name their network (snarkVM `Network::ID`). */
export const networkIds: Readonly<Record<AleoNetwork, number>> = { mainnet: 0, testnet: 1, canary: 2 };
