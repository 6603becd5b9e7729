import { type Json, type JsonObject, misfits, objectOf } from "./jsonSchema.ts";

/** An answer as it came over the wire. */
export interface WireAnswer {
  readonly status: number;
  readonly mediaType: string;
  readonly text: string;
}

/** One method of one path. */
export interface Operation {
  readonly method: string;
  readonly path: string;
  readonly description: JsonObject;
}

/** Every operation of an OpenAPI document. */
export function operationsOf(document: Json): Operation[] {
  const paths = objectOf(objectOf(document, "the document").paths, "paths");
  return Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(objectOf(methods, path)).map(([method, description]) => ({
      method: method.toUpperCase(),
      path,
      description: objectOf(description, path),
    })),
  );
}

export function operationIn(document: Json, method: string, path: string): Operation {
  const found = operationsOf(document).find((each) => each.method === method && each.path === path);
  if (!found) throw new Error(`${method} ${path} is not described`);
  return found;
}

/** What of an answer is not as the document says; empty if all is. */
export function undocumented(document: Json, operation: Operation, answer: WireAnswer): string[] {
  const responses = objectOf(operation.description.responses, "responses");
  const response = responses[String(answer.status)];
  if (response === undefined) return [`status ${answer.status} is not described: ${answer.text}`];
  const content = objectOf(objectOf(response, "a response").content, "content");
  const [mediaType = ""] = answer.mediaType.split(";");
  const described = content[mediaType];
  if (described === undefined) return [`media type ${mediaType} is not described for ${answer.status}`];
  const { schema } = objectOf(described, mediaType);
  return schema === undefined ? [] : misfits(schema, JSON.parse(answer.text) as Json, document);
}

/** The codes with which an operation can refuse, by status. */
export function documentedCodes({ description }: Operation): Map<string, string[]> {
  const responses = Object.entries(objectOf(description.responses, "responses"));
  const refusals = responses.filter(([status]) => Number(status) >= 400);
  return new Map(refusals.map(([status, response]) => [status, codesOf(objectOf(response, status))]));
}

function codesOf(response: JsonObject): string[] {
  const content = objectOf(response.content, "content");
  const { schema } = objectOf(content["application/problem+json"], "a problem");
  const parts = objectOf(schema, "a schema").allOf as readonly Json[];
  const narrowed = objectOf(objectOf(parts[1], "the codes").properties, "properties");
  return [...(objectOf(narrowed.code, "code").enum as readonly string[])];
}
