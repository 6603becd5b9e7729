/** Plain parsed JSON. */
export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };
export type JsonObject = { readonly [key: string]: Json };

/**
 * Holds a value against a JSON Schema (2020-12) in the words that our documents use; a word that it does not know is a
 * mistake of the schema and thrown, so that nothing passes unread.
 *
 * @param document where `$ref` points into.
 * @returns what does not fit, with its place; empty if all does.
 */
export function misfits(schema: Json, value: Json, document: Json, place = "$"): string[] {
  const words = objectOf(schema, `the schema for ${place}`);
  return Object.entries(words).flatMap(([word, operand]) => {
    if (annotations.has(word)) return [];
    const checker = checkers[word];
    if (!checker) throw new Error(`the schema for ${place} has the unknown word ${word}`);
    return checker({ operand, words, value, document, place });
  });
}

/** What a reference into the document points at. */
export function resolveReference(document: Json, reference: string): Json {
  if (!reference.startsWith("#/")) throw new Error(`${reference} leads out of the document`);
  return reference
    .slice(2)
    .split("/")
    .reduce<Json>((inner, step) => {
      const next = objectOf(inner, reference)[step.replaceAll("~1", "/").replaceAll("~0", "~")];
      if (next === undefined) throw new Error(`${reference} leads nowhere`);
      return next;
    }, document);
}

export function objectOf(value: Json | undefined, what: string): JsonObject {
  if (isObject(value)) return value;
  throw new Error(`${what} is no object`);
}

interface Checked {
  readonly operand: Json;
  readonly words: JsonObject;
  readonly value: Json;
  readonly document: Json;
  readonly place: string;
}

const annotations = new Set(["description", "format", "title"]);

const checkers: Readonly<Record<string, (checked: Checked) => string[]>> = {
  $ref: ({ operand, value, document, place }) =>
    misfits(resolveReference(document, String(operand)), value, document, place),
  type: ({ operand, value, place }) =>
    [operand].flat().some((type) => isOfType(String(type), value)) ? [] : [`${place} is not of type ${operand}`],
  const: ({ operand, value, place }) => (value === operand ? [] : [`${place} is not ${operand}`]),
  enum: ({ operand, value, place }) => (listOf(operand).includes(value) ? [] : [`${place} is none of ${operand}`]),
  pattern: ({ operand, value, place }) =>
    typeof value !== "string" || new RegExp(String(operand), "u").test(value)
      ? []
      : [`${place} does not match ${operand}`],
  maxLength: ({ operand, value, place }) =>
    typeof value !== "string" || value.length <= Number(operand) ? [] : [`${place} is too long`],
  minimum: ({ operand, value, place }) =>
    typeof value !== "number" || value >= Number(operand) ? [] : [`${place} is too small`],
  maximum: ({ operand, value, place }) =>
    typeof value !== "number" || value <= Number(operand) ? [] : [`${place} is too large`],
  minItems: ({ operand, value, place }) =>
    !Array.isArray(value) || value.length >= Number(operand) ? [] : [`${place} has too few items`],
  maxItems: ({ operand, value, place }) =>
    !Array.isArray(value) || value.length <= Number(operand) ? [] : [`${place} has too many items`],
  items: ({ operand, value, document, place }) =>
    Array.isArray(value) ? value.flatMap((item, at) => misfits(operand, item, document, `${place}[${at}]`)) : [],
  required: ({ operand, value, place }) =>
    isObject(value)
      ? listOf(operand).flatMap((key) => (String(key) in value ? [] : [`${place}.${key} is missing`]))
      : [],
  properties: ({ operand, value, document, place }) =>
    isObject(value)
      ? Object.entries(objectOf(operand, place)).flatMap(([key, form]) =>
          value[key] === undefined ? [] : misfits(form, value[key], document, `${place}.${key}`),
        )
      : [],
  additionalProperties: ({ operand, words, value, document, place }) => {
    if (!isObject(value)) return [];
    const known = words.properties === undefined ? [] : Object.keys(objectOf(words.properties, place));
    const others = Object.entries(value).filter(([key]) => !known.includes(key));
    if (operand === false) return others.map(([key]) => `${place}.${key} is not described`);
    return others.flatMap(([key, item]) => misfits(operand, item, document, `${place}.${key}`));
  },
  propertyNames: ({ operand, value, document, place }) =>
    isObject(value) ? Object.keys(value).flatMap((key) => misfits(operand, key, document, `${place}.${key}`)) : [],
  allOf: ({ operand, value, document, place }) =>
    listOf(operand).flatMap((each) => misfits(each, value, document, place)),
  anyOf: ({ operand, value, document, place }) => {
    const tried = listOf(operand).map((each) => misfits(each, value, document, place));
    return tried.some((problems) => problems.length === 0) ? [] : [`${place} fits nothing: ${tried.join(" | ")}`];
  },
};

function isOfType(type: string, value: Json): boolean {
  if (type === "null") return value === null;
  if (type === "array") return Array.isArray(value);
  if (type === "integer") return Number.isInteger(value);
  if (type === "object") return isObject(value);
  return typeof value === type;
}

function isObject(value: Json | undefined): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function listOf(value: Json): readonly Json[] {
  if (Array.isArray(value)) return value;
  throw new Error(`${JSON.stringify(value)} is no list`);
}
