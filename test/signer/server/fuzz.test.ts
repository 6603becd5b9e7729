import { Agent, request } from "node:https";
import fc from "fast-check";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { stringifyJson } from "../../../shared/json/index.ts";
import { attestationToWire } from "../../../shared/wire/index.ts";
import type { Json } from "../../support/jsonSchema.ts";
import { operationIn, operationsOf, undocumented, type WireAnswer } from "../../support/openApi.ts";
import { chosenSeed } from "../../support/random.ts";
import { clientSettings, createSignerWorld, type SignerWorld } from "../../support/signerWorld.ts";
import { sampleRequest } from "../samples.ts";
import { fuzzedBatch, fuzzedHeader, fuzzedMediaType, fuzzedRequest, fuzzedScreenedPacket } from "./fuzzedRequests.ts";
import { talk, wireAnswer } from "./rawClient.ts";

const seed = chosenSeed();
let world: SignerWorld;
let document: Json;
const agents = new Map<string, Agent>();
/** Statuses that were seen, by door. */
const seen = new Map<string, Set<number>>();

beforeAll(async () => {
  world = await createSignerWorld({
    async changePolicy(policy, pki) {
      const fuzzer = clientSettings("fuzzer", await pki.clientIdentity("fuzzer"), ["one-to-two"]);
      policy.clients.push({ ...fuzzer, operations: ["attest", "read", "audit", "verulink"] });
      policy.routes[0].limits = { maximumJump: "20" };
    },
  });
  await world.start();
  for (const name of ["fuzzer", "olga", "chain-a"]) {
    const { certificate: cert, key, peerAuthority: ca } = await world.pki.clientIdentity(name);
    agents.set(name, new Agent({ cert, key, ca, keepAlive: true, maxSockets: 4 }));
  }
  document = JSON.parse((await send("fuzzer", "GET", "/openapi.json")).text);
});
afterAll(async () => {
  for (const agent of agents.values()) agent.destroy();
  await world.close();
});

let sequence = 0n;
afterEach(async () => {
  expect(await (await world.ops("/livez")).json()).toEqual({ live: true });
  expect(world.log.filter((line) => line.includes("an unexpected fault"))).toEqual([]);
  // the way back, on which nobody but this asks
  sequence += 1n;
  const { source, destination } = sampleRequest().packet;
  const back = sampleRequest({ sequence, source: destination, destination: source });
  const { status, text } = await send("chain-a", "POST", "/v1/attestations", stringifyJson(attestationToWire(back)));
  expect(status, `it still signs: ${text}`).toBe(200);
});

/** A request of sound HTTP. */
function send(
  who: string,
  method: string,
  path: string,
  body?: string,
  mediaType: string | undefined = "application/json",
): Promise<WireAnswer & { readonly retryAfter: string | undefined }> {
  const { promise, resolve, reject } = Promise.withResolvers<WireAnswer & { retryAfter: string | undefined }>();
  const bytes = body === undefined ? undefined : Buffer.from(body);
  const headers = {
    ...(bytes && { "content-length": bytes.length }),
    ...(bytes && mediaType !== undefined && { "content-type": mediaType }),
  };
  const { listen: port } = world.signer.ports;
  const outgoing = request({ host: "127.0.0.1", port, method, path, headers, agent: agents.get(who) }, (incoming) => {
    const chunks: Buffer[] = [];
    incoming.on("data", (chunk: Buffer) => chunks.push(chunk));
    incoming.on("error", reject);
    incoming.on("end", () =>
      resolve({
        status: incoming.statusCode ?? 0,
        mediaType: incoming.headers["content-type"] ?? "",
        retryAfter: incoming.headers["retry-after"],
        text: Buffer.concat(chunks).toString("utf8"),
      }),
    );
  });
  outgoing.on("error", reject);
  outgoing.end(bytes);
  return promise;
}

/** An answer is as the document says, and no surprise to the signer itself. */
function judge(method: string, path: string, answer: WireAnswer & { readonly retryAfter?: string | undefined }): void {
  expect(undocumented(document, operationIn(document, method, path), answer)).toEqual([]);
  expect(answer.status).not.toBe(500);
  expect(answer.text).not.toContain('"code":"internal"');
  if ([202, 429, 503].includes(answer.status)) expect(Number(answer.retryAfter)).toBeGreaterThan(0);
  const door = `${method} ${path}`;
  seen.set(door, (seen.get(door) ?? new Set()).add(answer.status));
}

const bodies: [string, fc.Arbitrary<string>, number, number[]][] = [
  ["/v1/attestations", fuzzedRequest, 250, [400, 403, 415]],
  ["/v1/attestations/batch", fuzzedBatch, 80, [200, 400, 415]],
  ["/sign", fuzzedScreenedPacket, 150, [400, 403]],
];

describe(`whatever comes in, each door answers as it is documented and signs on (seed ${seed})`, () => {
  it.each(bodies)("POST %s", async (path, body, numRuns, reached) => {
    const property = fc.asyncProperty(body, fuzzedMediaType, async (text, mediaType) => {
      judge("POST", path, await send("fuzzer", "POST", path, text, mediaType));
    });
    await fc.assert(property, { seed, numRuns });
    expect([...(seen.get(`POST ${path}`) ?? [])], "the fuzz gets as far as the rules").toEqual(
      expect.arrayContaining(reached),
    );
  });

  it("any JSON at any door, with a right to it or without", async () => {
    const operations = operationsOf(document);
    const any = fc.record({
      operation: fc.constantFrom(...operations),
      who: fc.constantFrom("fuzzer", "olga"),
      parameter: fc.oneof(fc.bigInt(0n, 2n ** 70n).map(String), fc.string({ maxLength: 140 })),
      query: fc.option(fc.webQueryParameters(), { nil: undefined }),
      json: fc.json({ maxDepth: 3 }),
    });
    const property = fc.asyncProperty(any, async ({ operation, who, parameter, query, json }) => {
      const { method, path } = operation;
      // an empty part, and one of dots, is another path
      const part = encodeURIComponent(parameter.replaceAll(/^\.*$/g, "x"));
      const where = path.replaceAll(/\{[a-z]+\}/g, part) + (query === undefined ? "" : `?${query}`);
      judge(method, path, await send(who, method, where, method === "GET" ? undefined : json));
    });
    await fc.assert(property, { seed, numRuns: 200 });
  });

  it("odd headers, and bytes that are no HTTP", async () => {
    const identity = await world.pki.clientIdentity("fuzzer");
    const { listen: port } = world.signer.ports;
    const good = stringifyJson(attestationToWire(sampleRequest()));
    const message = fc.record({
      path: fc.constantFrom("/v1/attestations", "/v1/attestations/batch", "/sign"),
      headers: fc.array(fuzzedHeader, { maxLength: 4 }),
      body: fc.constantFrom(good, "", "{", "0\r\n\r\n"),
      end: fc.constantFrom("\r\n\r\n", "\r\n\r\n", "\n\n"),
      noise: fc.option(fc.uint8Array({ minLength: 1, maxLength: 40 }), { nil: undefined, freq: 8 }),
    });
    const property = fc.asyncProperty(message, async ({ path, headers, body, end, noise }) => {
      const lines = [`POST ${path} HTTP/1.1`, "host: signer", "connection: close", "content-type: application/json"];
      const head = [...lines, ...headers, `content-length: ${Buffer.byteLength(body)}`].join("\r\n");
      const text = noise ? `${Buffer.from(noise).toString("latin1")}\r\n\r\n` : head + end + body;
      const { text: answered } = await talk({ port, identity, send: [text] });
      const answer = wireAnswer({ text: answered.replace(/^HTTP\/1\.1 100 Continue\r\n\r\n/, "") });
      if (answer.status === 417 || answered === "") return; // Node itself answers these
      judge("POST", path, { ...answer, text: unchunked(answer.text) });
    });
    await fc.assert(property, { seed, numRuns: 60 });
  });
});

/** A second message that came along is not looked at. */
function unchunked(text: string): string {
  return text.split("HTTP/1.1 ")[0] ?? "";
}
