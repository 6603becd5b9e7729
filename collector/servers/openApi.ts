import { z } from "zod";
import { type ErrorCode, problemMediaType, statusOf } from "../../shared/errors/index.ts";
import { problemAnswer } from "./publicAnswers.ts";
import type { PublicEndpoint } from "./publicEndpoints.ts";

/** Refusals that any endpoint can answer with. */
const commonRefusals: readonly ErrorCode[] = ["invalid_field", "rate_limited", "failed", "overloaded", "internal"];

/** The public interface as an OpenAPI 3.1 document. Plain data. */
export function openApiOf(endpoints: readonly PublicEndpoint[]): Record<string, unknown> {
  const paths = endpoints.map((endpoint) => [endpoint.path, { get: operationOf(endpoint) }]);
  return {
    openapi: "3.1.0",
    info: {
      title: "hsm-attestor collector",
      version: "1",
      description:
        "Packets, the signatures of attestors about them, and the ready call for the destination chain. Integers are decimal strings. Answers carry an ETag; `If-None-Match` gets 304.",
    },
    paths: { ...Object.fromEntries(paths) },
    components: { schemas: { Problem: jsonSchema(problemAnswer) } },
  };
}

function operationOf({ summary, params, query, answer, refusals }: PublicEndpoint): Record<string, unknown> {
  return {
    summary,
    parameters: [...parametersOf(params, "path"), ...parametersOf(query, "query")],
    responses: {
      200: {
        description: answer.description,
        content: { [answer.mediaType]: { schema: jsonSchema(answer.schema) } },
      },
      ...refusalsOf([...refusals, ...commonRefusals]),
    },
  };
}

/** One response for each status, with the codes that come with it. */
function refusalsOf(codes: readonly ErrorCode[]): Record<string, unknown> {
  const byStatus = Map.groupBy([...new Set(codes)], statusOf);
  return Object.fromEntries(
    [...byStatus].map(([status, listed]) => [
      status,
      {
        description: `Codes: ${listed.join(", ")}.`,
        content: { [problemMediaType]: { schema: { $ref: "#/components/schemas/Problem" } } },
      },
    ]),
  );
}

interface ObjectSchema {
  readonly properties?: Readonly<Record<string, Record<string, unknown>>>;
  readonly required?: readonly string[];
}

function parametersOf(schema: z.ZodType | undefined, place: "path" | "query"): Record<string, unknown>[] {
  if (!schema) return [];
  const { properties = {}, required = [] } = jsonSchema(schema) as ObjectSchema;
  return Object.entries(properties).map(([parameter, form]) => ({
    name: parameter,
    in: place,
    required: required.includes(parameter),
    schema: form,
  }));
}

/** What a transformation made is written in the form that it was read in. */
function jsonSchema(schema: z.ZodType): Record<string, unknown> {
  const { $schema: _, ...plain } = z.toJSONSchema(schema, { io: "input", unrepresentable: "any" });
  return plain;
}
