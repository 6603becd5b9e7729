import { chmodSync, rmSync, writeFileSync } from "node:fs";
import type { ServerResponse } from "node:http";
import path from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { createAddressApi, type ScreenedAddress, type ScreeningSource } from "../../../chain/screening/index.ts";
import { temporaryFolder } from "../../shared/temporaryFolder.ts";
import { apiKey, type LookupDouble, startLookupDouble } from "./lookupDouble.ts";

const listed: ScreenedAddress = { family: "evm", text: "0x2D9B1dF35e4fAc995377aD7f7a84070CD36400Ff" };
const other: ScreenedAddress = { family: "evm", text: "0xBd31ba048373A07bE0357B7Ad3182F4206c8064d" };
const now = Date.parse("2026-03-01T12:00:00Z");
const clock = { now: () => now, sleep: async () => {} };

let service: LookupDouble;
beforeAll(async () => {
  service = await startLookupDouble();
});
afterAll(() => service.close());

const apiWith = (changes: { readonly url?: string; readonly timeoutMs?: number }) =>
  createAddressApi({ name: "chainalysis", url: `${service.url}/`, apiKeyFile, timeoutMs: 30_000, ...changes }, clock);
let apiKeyFile: string;
let api: ScreeningSource;
beforeEach(() => {
  service.misbehave = undefined;
  service.listed.clear();
  apiKeyFile = path.join(temporaryFolder(), "key");
  writeFileSync(apiKeyFile, `${apiKey}\n`, { mode: 0o600 });
  api = apiWith({});
});

test("asks about each address, with the key in its header, and names the day", async () => {
  const before = service.requests.length;
  expect(await api.screen([listed, other])).toEqual({ source: "chainalysis", version: "2026-03-01", result: "white" });
  expect(service.requests.slice(before)).toEqual([
    { path: `/api/public/v1/address/${listed.text}`, key: apiKey },
    { path: `/api/public/v1/address/${other.text}`, key: apiKey },
  ]);
});

test("flags a packet when one of its addresses has an identification", async () => {
  service.listed.add(listed.text);
  expect(await api.screen([other, listed])).toMatchObject({ result: "flagged" });
  expect(await api.screen([other])).toMatchObject({ result: "white" });
});

test("asks for an address of any spelling as one part of the path", async () => {
  service.listed.add("../a?b#c d");
  expect(await api.screen([{ family: "aleo", text: "../a?b#c d" }])).toMatchObject({ result: "flagged" });
});

describe("can't tell, and never says white, by", () => {
  const status =
    (code: number, headers = {}, body = "") =>
    (outgoing: ServerResponse) =>
      void outgoing.writeHead(code, headers).end(body);
  const page = "<html><body>{}</body></html>";
  test.each<[string, (outgoing: ServerResponse) => void, string]>([
    ["429", status(429), "HTTP 429"],
    ["500", status(500), "HTTP 500"],
    ["404, which says nothing about the address", status(404, {}, '{"identifications":[]}'), "HTTP 404"],
    ["a redirect", status(302, { location: "/api/public/v1/address/elsewhere" }), "HTTP 302"],
    ["HTML with status 200", status(200, { "content-type": "text/html" }, page), "not a list of identifications"],
    ["JSON that ends too early", status(200, {}, '{"identifications": ['), "not a list of identifications"],
    ["JSON of another shape", status(200, {}, '{"message": "ok"}'), "not a list of identifications"],
    ["null for the list", status(200, {}, '{"identifications": null}'), "not a list of identifications"],
    ["an identification that is none", status(200, {}, '{"identifications": [1]}'), "not a list of identifications"],
    ["an endless answer", status(200, {}, "x".repeat(1_100_000)), "too large"],
    ["a connection cut in the answer", (outgoing) => cut(outgoing), "can't be used"],
  ])("%s", async (_what, misbehave, reason) => {
    service.misbehave = (_incoming, outgoing) => misbehave(outgoing);
    const answer = await api.screen([other]);
    expect("cannotTell" in answer && answer.cannotTell).toContain(reason);
    expect(JSON.stringify(answer)).not.toContain(apiKey);
    expect(api.state().reason).toBe("cannotTell" in answer && answer.cannotTell);
  });

  test.each<[string, (outgoing: ServerResponse) => void]>([
    ["silence", () => {}],
    ["an answer that stops half way", (outgoing) => void outgoing.writeHead(200).write('{"identi')],
  ])("%s", async (_what, misbehave) => {
    service.misbehave = (_incoming, outgoing) => misbehave(outgoing);
    const answer = await apiWith({ timeoutMs: 200 }).screen([other]);
    expect(answer).toMatchObject({ cannotTell: expect.stringContaining("time-out") });
  });

  function cut(outgoing: ServerResponse): void {
    outgoing.writeHead(200, { "content-length": "100" });
    outgoing.write('{"identifications": []}', () => outgoing.destroy());
  }

  test("a refused key", async () => {
    writeFileSync(apiKeyFile, "another");
    expect(await api.screen([other])).toMatchObject({ cannotTell: expect.stringContaining("HTTP 403") });
  });

  test("a missing key file, without asking", async () => {
    rmSync(apiKeyFile);
    const before = service.requests.length;
    expect(await api.screen([other])).toMatchObject({
      cannotTell: "the screening service chainalysis can't be used: its API key file cannot be read (ENOENT)",
    });
    expect(service.requests.length).toBe(before);
  });

  test.each([
    ["open to every user", apiKey, 0o604, "its API key file is open to every user: chmod 600"],
    ["empty", "", 0o600, "its API key file does not hold a key and nothing else"],
    ["of two lines", `${apiKey}\nX-Other: 1`, 0o600, "its API key file does not hold a key and nothing else"],
  ])("a key file that is %s, without asking", async (_what, content, mode, reason) => {
    writeFileSync(apiKeyFile, content);
    chmodSync(apiKeyFile, mode);
    const before = service.requests.length;
    const answer = await api.screen([other]);
    expect(answer).toMatchObject({ cannotTell: `the screening service chainalysis can't be used: ${reason}` });
    expect(JSON.stringify(answer)).not.toContain(apiKey);
    expect(service.requests.length).toBe(before);
  });

  test("a service that is not there", async () => {
    const nowhere = apiWith({ url: "http://127.0.0.1:1" });
    expect(await nowhere.screen([other])).toMatchObject({ cannotTell: expect.stringContaining("can't be used") });
  });

  test("one bad answer among good ones", async () => {
    service.misbehave = (incoming, outgoing) => {
      if (incoming.url?.endsWith(listed.text)) outgoing.writeHead(500).end();
      else outgoing.writeHead(200).end('{"identifications": []}');
    };
    expect(await api.screen([other, listed])).toHaveProperty("cannotTell");
  });
});

test("passes on how long it asks to be left alone", async () => {
  service.misbehave = (_incoming, outgoing) => void outgoing.writeHead(429, { "retry-after": "7" }).end();
  expect(await api.screen([other])).toMatchObject({ retryAfterMs: 7_000 });
});

test("is in order again after the next good answer, and reads a new key without a restart", async () => {
  writeFileSync(apiKeyFile, "expired");
  await api.screen([other]);
  expect(api.state().reason).toContain("HTTP 403");
  writeFileSync(apiKeyFile, apiKey);
  expect(await api.screen([other])).toMatchObject({ result: "white" });
  expect(api.state()).toMatchObject({ reason: undefined, ageMs: 0 });
});
