import { agreementSchema } from "./agreement/schema.ts";
import { clockSchema } from "./clock/schema.ts";
import { holdsSchema } from "./holds/schema.ts";
import { pauseSchema } from "./pause/schema.ts";
import { valueSchema } from "./value/schema.ts";

/** What the gate remembers. */
export const gateSchema = [clockSchema, valueSchema, holdsSchema, agreementSchema, pauseSchema].join("\n");
