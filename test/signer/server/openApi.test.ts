import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { z } from "zod";
import { AttestorError, statusOf } from "../../../shared/errors/index.ts";
import { stringifyJson } from "../../../shared/json/index.ts";
import type { TlsIdentity } from "../../../shared/tls/index.ts";
import { attestationToWire } from "../../../shared/wire/index.ts";
import { ok } from "../../../signer/server/answers.ts";
import { endpoint, refusalsOf } from "../../../signer/server/endpoint.ts";
import { openApiOf } from "../../../signer/server/openApi.ts";
import { type Json, objectOf, resolveReference } from "../../support/jsonSchema.ts";
import { documentedCodes, operationIn, operationsOf, undocumented } from "../../support/openApi.ts";
import { createSignerWorld, type SignerWorld } from "../../support/signerWorld.ts";
import { sampleRequest } from "../samples.ts";
import { get, post, talk, wireAnswer } from "./rawClient.ts";

let world: SignerWorld;
let document: Json;

beforeAll(async () => {
  world = await createSignerWorld({
    async changePolicy(policy, pki) {
      const auditor = await pki.clientIdentity("auditor");
      policy.clients.push({ name: "auditor", pins: [auditor.pin], operations: ["audit"] });
    },
  });
  await world.start();
  document = JSON.parse((await sent(get("/openapi.json"), "auditor")).text);
});
afterAll(() => world.close());

async function sent(request: string, who = "chain-a") {
  const identity: TlsIdentity = await world.pki.clientIdentity(who);
  return wireAnswer(await talk({ port: world.signer.ports.listen, identity, send: [request] }));
}

const wire = (...request: Parameters<typeof sampleRequest>) =>
  stringifyJson(attestationToWire(sampleRequest(...request)));

describe("GET /openapi.json", () => {
  it("is an OpenAPI 3.1 document in which every reference leads somewhere", () => {
    expect(document).toMatchObject({ openapi: "3.1.0", info: { title: expect.any(String), version: "1" } });
    const references = [...JSON.stringify(document).matchAll(/"\$ref":"([^"]+)"/g)].map(([, to = ""]) => to);
    expect(references.length).toBeGreaterThan(0);
    for (const reference of references) expect(resolveReference(document, reference)).toBeTypeOf("object");
  });

  it("describes each operation once, with its parameters, rights and answers", () => {
    const ids = operationsOf(document).map(({ description }) => description.operationId);
    expect(new Set(ids).size).toBe(ids.length);
    for (const { path, description } of operationsOf(document)) {
      const parameters = (description.parameters ?? []) as { name: string; in: string; required: boolean }[];
      const inPath = parameters.filter((each) => each.in === "path");
      expect(inPath.map(({ name }) => `{${name}}`)).toEqual(path.match(/\{[a-z]+\}/g) ?? []);
      expect(inPath.every(({ required }) => required)).toBe(true);
      expect(description.summary).toMatch(/^[A-Z]/);
      expect((description.security as Json[]).length).toBeGreaterThan(0);
      expect(Object.keys(objectOf(description.responses, path))).toEqual(
        expect.arrayContaining(["200", "400", "403", "500", "503"]),
      );
    }
  });

  it("says whose certificate opens what", () => {
    const rights = (method: string, path: string) => operationIn(document, method, path).description.security;
    expect(rights("POST", "/v1/attestations")).toEqual([{ certificate: ["attest"] }]);
    expect(rights("GET", "/v1/policy")).toEqual([{ certificate: ["operator"] }, { certificate: ["audit"] }]);
    expect(rights("GET", "/openapi.json")).toEqual([{ certificate: [] }]);
  });

  it("knows every path that the server knows, and no other", async () => {
    for (const { method, path } of operationsOf(document)) {
      const wrong = method === "GET" ? post(path, "{}") : get(path);
      const { status, text } = await sent(wrong.replaceAll(/\{[a-z]+\}/g, "1"));
      const others = operationsOf(document).filter((each) => each.path === path);
      if (others.length > 1) continue;
      expect({ path, status, allowed: JSON.parse(text).data.allowed }).toEqual({ path, status: 405, allowed: method });
    }
  });
});

describe("an endpoint's description", () => {
  const described = endpoint({
    method: "POST",
    path: "/v1/things/{id}",
    allowed: ["attest"],
    summary: "Make a thing",
    params: z.strictObject({ id: z.string() }),
    query: z.strictObject({ colour: z.string().optional(), size: z.string() }),
    body: z.strictObject({ name: z.string() }),
    answers: { 200: { description: "Made." }, 202: { description: "Later.", schema: z.strictObject({}) } },
    refusals: ["failed", "rate_limited", "conflict"],
    handle: () => ok("made"),
  });
  const one = JSON.parse(JSON.stringify(openApiOf([described]))) as Json;
  const operation = operationIn(one, "POST", "/v1/things/{id}");

  it("becomes its operation", () => {
    expect(operation.description).toMatchObject({
      operationId: "postThingsId",
      parameters: [
        { name: "id", in: "path", required: true },
        { name: "colour", in: "query", required: false },
        { name: "size", in: "query", required: true },
      ],
      requestBody: { content: { "application/json": { schema: { properties: { name: { type: "string" } } } } } },
      responses: { 200: { content: { "text/plain": {} } }, 202: { headers: { "Retry-After": {} } } },
    });
  });

  it("lists every code with which it refuses under its status, and when to come again", () => {
    const codes = documentedCodes(operation);
    const byStatus = Map.groupBy(refusalsOf(described), (code) => `${statusOf(code)}`);
    expect(codes).toEqual(new Map([...byStatus].map(([status, list]) => [status, list.toSorted()])));
    expect(codes.get("503")).toEqual(["failed", "overloaded"]);
    expect(codes.get("415")).toEqual(["unsupported_media_type"]);
    const responses = objectOf(operation.description.responses, "responses");
    const waits = Object.keys(responses).filter((status) => JSON.stringify(responses[status]).includes("Retry-After"));
    expect(waits).toEqual(["202", "429", "503"]);
  });
});

describe("real answers are as the document says", () => {
  const failing = () => Promise.reject(new AttestorError("pin_rejected", { token: "t" }));
  it.each<[string, string, string, () => string, number, string?]>([
    ["an attestation", "POST", "/v1/attestations", () => post("/v1/attestations", wire()), 200],
    ["a verdict given before", "POST", "/v1/attestations", () => post("/v1/attestations", wire({}, "flagged")), 403],
    ["another packet", "POST", "/v1/attestations", () => post("/v1/attestations", wire({ height: 9n })), 403],
    [
      "a deployment unknown",
      "POST",
      "/v1/attestations",
      () => post("/v1/attestations", wire({}, "white", { deployment: "x" })),
      403,
    ],
    ["half a body", "POST", "/v1/attestations", () => post("/v1/attestations", "{"), 400],
    [
      "another media type",
      "POST",
      "/v1/attestations",
      () => post("/v1/attestations", wire(), "content-type: text/xml"),
      415,
    ],
    ["a large body", "POST", "/v1/attestations", () => post("/v1/attestations", " ".repeat(70_000)), 413],
    ["no right to ask", "POST", "/v1/attestations", () => post("/v1/attestations", wire()), 403, "auditor"],
    [
      "what was released",
      "GET",
      "/v1/attestations/{source}/{destination}/{sequence}",
      () => get("/v1/attestations/1/2/7"),
      200,
    ],
    [
      "what was not",
      "GET",
      "/v1/attestations/{source}/{destination}/{sequence}",
      () => get("/v1/attestations/1/2/8"),
      404,
    ],
    ["keys", "GET", "/v1/keys", () => get("/v1/keys"), 200],
    ["the ledger's history", "GET", "/v1/ledger/history", () => get("/v1/ledger/history"), 200, "auditor"],
    ["checkpoints", "GET", "/v1/audit/checkpoints", () => get("/v1/audit/checkpoints"), 200, "auditor"],
    ["the policy", "GET", "/v1/policy", () => get("/v1/policy"), 200, "olga"],
    ["a policy that is none", "POST", "/v1/policy", () => post("/v1/policy", '{"policy":""}'), 422, "olga"],
    ["holds", "GET", "/v1/holds", () => get("/v1/holds"), 200, "olga"],
    ["a hold that is none", "GET", "/v1/holds/{id}", () => get("/v1/holds/1"), 404, "olga"],
    ["a pause", "POST", "/v1/pauses", () => post("/v1/pauses", '{"route":"two-to-one","note":"a test"}'), 200, "olga"],
    ["pauses", "GET", "/v1/pauses", () => get("/v1/pauses"), 200, "auditor"],
    ["the clock", "GET", "/v1/clock", () => get("/v1/clock"), 200, "auditor"],
    ["this document", "GET", "/openapi.json", () => get("/openapi.json"), 200, "olga"],
  ])("%s", async (_what, method, path, request, status, who) => {
    const answer = await sent(request(), who);
    expect(answer.status).toBe(status);
    expect(undocumented(document, operationIn(document, method, path), answer)).toEqual([]);
  });

  it("a hold", async () => {
    const back = sampleRequest({
      source: sampleRequest().packet.destination,
      destination: sampleRequest().packet.source,
    });
    const answer = await sent(post("/v1/attestations", stringifyJson(attestationToWire(back))));
    expect(answer.status).toBe(202);
    expect(undocumented(document, operationIn(document, "POST", "/v1/attestations"), answer)).toEqual([]);
  });

  it("a key that cannot sign", async () => {
    world.keeper.misbehave(failing);
    const answer = await sent(post("/v1/attestations", wire({ sequence: 70n })));
    world.keeper.misbehave(undefined);
    expect(answer).toMatchObject({ status: 503, text: expect.stringContaining("pin_rejected") });
    expect(undocumented(document, operationIn(document, "POST", "/v1/attestations"), answer)).toEqual([]);
  });

  it("and what is not as it says would be noticed", async () => {
    const operation = operationIn(document, "GET", "/v1/keys");
    const answer = await sent(get("/v1/keys"));
    const keys = JSON.parse(answer.text) as { keys: Record<string, Json>[] };
    const wrong = (change: Record<string, Json>) =>
      undocumented(document, operation, {
        ...answer,
        text: JSON.stringify({ keys: [{ ...keys.keys[0], ...change }] }),
      });
    expect(wrong({ more: 1 })).toEqual(["$.keys[0].more is not described"]);
    expect(wrong({ custody: "paper" })).toEqual([expect.stringContaining("$.keys[0].custody is none of")]);
    const problem = { type: "", title: "", status: 503, detail: "", data: {}, code: "pin_rejected" };
    const answered = { status: 503, mediaType: "application/problem+json", text: JSON.stringify(problem) };
    expect(undocumented(document, operation, answered)).toEqual([expect.stringContaining("$.code is none of")]);
  });
});
