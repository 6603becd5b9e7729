import { z } from "zod";
import { type ErrorCode, problemMediaType, statusOf } from "../../shared/errors/index.ts";
import { openApiAnswer } from "./answerSchemas.ts";
import { ok } from "./answers.ts";
import { type Endpoint, endpoint, refusalsOf } from "./endpoint.ts";
import { components, schemaOf } from "./openApiSchemas.ts";

/** The endpoints and, with them, `GET /openapi.json`, which describes them all, itself too. */
export function withOpenApi(endpoints: readonly Endpoint[]): readonly Endpoint[] {
  const all = [
    ...endpoints,
    endpoint({
      method: "GET",
      path: "/openapi.json",
      allowed: ["anyone"],
      summary: "Read this description",
      answers: { 200: { description: "An OpenAPI 3.1 document.", schema: openApiAnswer } },
      refusals: [],
      handle: () => ok(document),
    }),
  ];
  const document = openApiOf(all);
  return all;
}

const about = `JSON over HTTPS (TLS 1.3). A client shows a certificate whose public key the signer's policy pins; its rights
there say which of these it may use. Every refusal is a problem document (RFC 9457) with a code of a closed set. A client
whose key is not pinned is answered 403 client_refused to whatever it sends; what is not HTTP is answered 400 invalid_field.`;

/** An OpenAPI 3.1 document of these endpoints. */
export function openApiOf(endpoints: readonly Endpoint[]): Record<string, unknown> {
  const paths: Record<string, Record<string, unknown>> = {};
  for (const each of endpoints) {
    paths[each.path] = { ...paths[each.path], [each.method.toLowerCase()]: operationOf(each) };
  }
  return {
    openapi: "3.1.0",
    info: { title: "hsm-attestor signer", version: "1", description: about.replaceAll("\n", " ") },
    paths,
    components: {
      schemas: components(),
      securitySchemes: {
        certificate: {
          type: "mutualTLS",
          description: "A client certificate whose public key is pinned in the policy.",
        },
      },
    },
  };
}

function operationOf(each: Endpoint): Record<string, unknown> {
  const parameters = [...parametersOf("path", each.params), ...parametersOf("query", each.query)];
  return {
    operationId: operationIdOf(each),
    summary: each.summary,
    // one of these is enough; the words in the list are rights
    security: each.allowed.map((right) => ({ certificate: right === "anyone" ? [] : [right] })),
    ...(parameters.length > 0 && { parameters }),
    ...(each.body && {
      requestBody: {
        required: true,
        content: { [each.anyMediaType ? "*/*" : "application/json"]: { schema: schemaOf(each.body) } },
      },
    }),
    responses: { ...answersOf(each), ...refusalResponses(refusalsOf(each)) },
  };
}

/** `POST /v1/holds/{id}/release` is called `postHoldsIdRelease`. */
function operationIdOf({ method, path }: Endpoint): string {
  const words = path.split(/[^A-Za-z]+/).filter((word) => word !== "" && word !== "v");
  return method.toLowerCase() + words.map((word) => word.charAt(0).toUpperCase() + word.slice(1)).join("");
}

function parametersOf(place: "path" | "query", schema: z.ZodType | undefined): Record<string, unknown>[] {
  if (!schema) return [];
  const { properties = {}, required = [] } = z.toJSONSchema(schema, { io: "input" });
  return Object.entries(properties).map(([name, form]) => ({
    name,
    in: place,
    required: required.includes(name),
    schema: form,
  }));
}

function answersOf({ answers }: Endpoint): Record<string, unknown> {
  const described = Object.entries(answers).map(([status, { description, schema }]) => {
    const content = schema ? { "application/json": { schema: schemaOf(schema) } } : { "text/plain": {} };
    return [status, { description, ...(status === "202" && { headers: retryAfter }), content }] as const;
  });
  return Object.fromEntries(described);
}

const retryAfter = { "Retry-After": { description: "Seconds to wait.", schema: { type: "integer", minimum: 1 } } };

/** One response for each status, with the codes that come under it. */
function refusalResponses(codes: readonly ErrorCode[]): Record<string, unknown> {
  const byStatus = Map.groupBy(codes, statusOf);
  const responses = [...byStatus].map(([status, withStatus]) => {
    const narrowed = { type: "object", properties: { code: { enum: withStatus.toSorted() } } };
    const schema = { allOf: [{ $ref: "#/components/schemas/Problem" }, narrowed] };
    const mayComeAgain = status === 503 || status === 429;
    return [
      status,
      {
        description: withStatus.toSorted().join(", "),
        ...(mayComeAgain && { headers: retryAfter }),
        content: { [problemMediaType]: { schema } },
      },
    ] as const;
  });
  return Object.fromEntries(responses);
}
