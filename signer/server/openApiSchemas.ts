import { z } from "zod";
import { packetSchema } from "../../shared/packet/index.ts";
import { attestationSchema } from "../../shared/wire/index.ts";
import { problemAnswer } from "./answerSchemas.ts";

/** Forms that others contain: each is written once, and the others refer to it. */
const named = new Map<unknown, string>([
  [packetSchema, "Packet"],
  [attestationSchema, "Attestation"],
  [problemAnswer, "Problem"],
]);

type JsonSchema = Record<string, unknown>;

/** The forms under `#/components/schemas`. */
export function components(): JsonSchema {
  return Object.fromEntries([...named].map(([schema, id]) => [id, convert(schema as z.ZodType)]));
}

/** What goes over the wire, as JSON Schema 2020-12: the form before it is read, not what it is read into. */
export function schemaOf(schema: z.ZodType): JsonSchema {
  const id = named.get(schema);
  return id === undefined ? convert(schema) : refer(id);
}

function convert(schema: z.ZodType): JsonSchema {
  const { $schema: _, ...form } = z.toJSONSchema(schema, {
    io: "input",
    override({ zodSchema, jsonSchema }) {
      const id = named.get(zodSchema);
      if (id === undefined || zodSchema === (schema as unknown)) return;
      for (const key of Object.keys(jsonSchema)) Reflect.deleteProperty(jsonSchema, key);
      Object.assign(jsonSchema, refer(id));
    },
  });
  return form;
}

function refer(id: string): JsonSchema {
  return { $ref: `#/components/schemas/${id}` };
}
