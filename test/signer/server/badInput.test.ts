import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { stringifyJson } from "../../../shared/json/index.ts";
import type { TlsIdentity } from "../../../shared/tls/index.ts";
import { attestationToWire } from "../../../shared/wire/index.ts";
import { createSignerWorld, type SignerWorld } from "../../support/signerWorld.ts";
import { addresses, sampleRequest } from "../samples.ts";
import { get, post, talk } from "./rawClient.ts";

/** Stands in for whatever a client must not find in an answer or in the log. */
const marker = "MARKER-5e1f";

let world: SignerWorld;
let identity: TlsIdentity;

beforeAll(async () => {
  world = await createSignerWorld();
  await world.start();
  identity = await world.pki.clientIdentity("chain-a");
});
afterAll(() => world.close());

afterEach(async () => {
  const { status } = await sent(get("/v1/keys"));
  expect(status, "the service still answers").toBe(200);
  const shown = world.log.join("");
  expect(shown).not.toContain(marker);
  expect(shown).not.toContain("an unexpected fault");
  expect(world.keeper.digests, "nothing was signed").toEqual([]);
});

/** Sends raw HTTP and reads the answer, which must be a problem document unless all is well. */
async function sent(...request: string[]) {
  const { text } = await talk({ port: world.signer.ports.listen, identity, send: request });
  const [head = "", ...rest] = text.split("\r\n\r\n");
  const body = rest.join("\r\n\r\n");
  const status = Number(/^HTTP\/1.1 ([0-9]{3})/.exec(head)?.[1]);
  if (status >= 400) {
    expect(head.toLowerCase()).toContain("content-type: application/problem+json");
    expect(body).not.toContain(marker);
    expect(body).not.toMatch(/\bat .*\.[jt]s\b|node_modules|\/signer\//);
  }
  return { status, head: head.toLowerCase(), problem: status >= 400 ? JSON.parse(body) : undefined };
}

/** The JSON text of a good request, with one part replaced. */
function bodyWith(part: string | RegExp, replacement: string): string {
  const text = stringifyJson(attestationToWire(sampleRequest()));
  const changed = text.replace(part, replacement);
  expect(changed).not.toBe(text);
  return changed;
}

const good = () => stringifyJson(attestationToWire(sampleRequest()));

describe("a body that is not JSON of ours", () => {
  it.each<[string, string, number, string]>([
    ["nothing", "", 400, "malformed_json"],
    ["half of it", `{"deployment":"local","${marker}`, 400, "malformed_json"],
    ["text after it", `{} ${marker}`, 400, "malformed_json"],
    ["a key twice", `{"deployment":"a","deployment":"${marker}"}`, 400, "malformed_json"],
    ["the key __proto__", `{"__proto__":{"${marker}":1}}`, 400, "malformed_json"],
    ["lists 20 thousand deep", "[".repeat(20_000) + "]".repeat(20_000), 400, "malformed_json"],
    ["a list", "[]", 400, "invalid_field"],
    ["null", "null", 400, "invalid_field"],
    ["a number", "7", 400, "invalid_field"],
    ["a bare NaN", "NaN", 400, "malformed_json"],
  ])("is refused: %s", async (_what, body, status, code) => {
    expect(await sent(post("/v1/attestations", body))).toMatchObject({ status, problem: { status, code } });
  });
});

describe("a field that does not fit", () => {
  const sequence = '"sequence":"7"';
  it.each<[string, string, string, string, string]>([
    ["an integer of 300 digits", sequence, `"sequence":${"9".repeat(300)}`, "packet.sequence", "must be below 2^64"],
    [
      "an integer string of 300 digits",
      sequence,
      `"sequence":"${"9".repeat(300)}"`,
      "packet.sequence",
      "must be below 2^64",
    ],
    ["a sequence of 2^64", sequence, '"sequence":18446744073709551616', "packet.sequence", "must be below 2^64"],
    ["a fraction", sequence, '"sequence":7.0', "packet.sequence", "plain decimal integer"],
    ["an exponent", sequence, '"sequence":7e0', "packet.sequence", "plain decimal integer"],
    ["a negative number", sequence, '"sequence":-7', "packet.sequence", "plain decimal integer"],
    ["minus zero", sequence, '"sequence":-0', "packet.sequence", "plain decimal integer"],
    ["hex", sequence, '"sequence":"0x7"', "packet.sequence", "plain decimal integer"],
    ["a leading zero", sequence, '"sequence":"07"', "packet.sequence", "plain decimal integer"],
    ["a blank", sequence, '"sequence":" 7"', "packet.sequence", "plain decimal integer"],
    ["null for a number", sequence, '"sequence":null', "packet.sequence", "must be an integer"],
    ["true for a number", sequence, '"sequence":true', "packet.sequence", "must be an integer"],
    ["an amount of 2^128", '"amount":"10"', `"amount":"${2n ** 128n}"`, "packet.message.amount", "must be below 2^128"],
    ["a version of 256", '"version":1', '"version":256', "packet.version", "must be below 2^8"],
    ["a missing field", `${sequence},`, "", "packet.sequence", "is missing"],
    ["an unknown field", sequence, `${sequence},"sequenze":1`, "packet.sequenze", "is not a known key"],
    [
      "an unknown field beside the packet",
      '"deployment"',
      `"dryRum":true,"deployment"`,
      "dryRum",
      "is not a known key",
    ],
    [
      "a text of 129 characters",
      addresses.sender,
      "a".repeat(129),
      "packet.message.sender_address",
      "1 to 128 printable",
    ],
    ["an empty text", `"${addresses.sender}"`, '""', "packet.message.sender_address", "1 to 128 printable"],
    ["a character beyond ASCII", addresses.sender, "é", "packet.message.sender_address", "1 to 128 printable"],
    ["a control character", addresses.sender, "a\\u0000", "packet.message.sender_address", "1 to 128 printable"],
    ["a list for a text", `"${addresses.sender}"`, "[]", "packet.message.sender_address", "must be a"],
    ["an unknown verdict", '"white"', `"${marker}"`, "verdict.result", "must be one of white, flagged"],
    ["a time without zone", "12:00:00Z", "12:00:00", "verdict.screenedAt", "RFC 3339"],
    ["sources in words", '"single"', `"${marker}"`, "sources", "q-of-n"],
    ["a dry run in words", '"deployment"', `"dryRun":"true","deployment"`, "dryRun", "must be of type boolean"],
    ["a deployment that is no name", '"local"', `"../${marker}"`, "deployment", "must be 1 to 64"],
  ])("is refused with its path: %s", async (_what, part, replacement, field, reason) => {
    const { status, problem } = await sent(post("/v1/attestations", bodyWith(part, replacement)));
    expect({ status, code: problem.code, field: problem.data.field }).toEqual({
      status: 400,
      code: "invalid_field",
      field,
    });
    expect(problem.detail).toContain(reason);
  });

  it.each([
    ["19 bytes", addresses.sender.slice(0, -2)],
    ["21 bytes", `${addresses.sender}00`],
    ["no 0x", addresses.sender.slice(2)],
    ["a letter that is no hex digit", addresses.sender.replace("f39", "g39")],
  ])("is denied by the route rule where it is an address of %s", async (_what, address) => {
    const { status, problem } = await sent(post("/v1/attestations", bodyWith(addresses.sender, address)));
    expect({ status, ...problem }).toMatchObject({
      status: 403,
      code: "denied",
      outcome: "denied",
      rule: "route",
      inputs: { field: "packet.message.sender_address" },
    });
  });
});

describe("a request that is not one of ours", () => {
  it.each<[string, string, number, string]>([
    ["a path that does not exist", get(`/v1/${marker}`), 404, "not_found"],
    ["the root", get("/"), 404, "not_found"],
    ["a path that only begins alike", get("/v1/attestations/1/2/3/4"), 404, "not_found"],
    ["a bad escape in the path", get(`/v1/%zz${marker}`), 400, "invalid_field"],
    ["an id that is no number", get(`/v1/attestations/1/2/${marker}`), 400, "invalid_field"],
    ["an id with a leading zero", get("/v1/attestations/1/02/3"), 400, "invalid_field"],
    ["an id of 300 digits", get(`/v1/attestations/1/2/${"9".repeat(300)}`), 400, "invalid_field"],
    ["an unknown query key", get("/v1/attestations/1/2/3?deploymend=local"), 400, "invalid_field"],
    ["a query key twice", get("/v1/attestations/1/2/3?deployment=a&deployment=b"), 400, "invalid_field"],
    ["a method that the path does not have", get("/v1/attestations"), 405, "method_not_allowed"],
    ["another method", post("/v1/keys", "{}"), 405, "method_not_allowed"],
    ["no HTTP", `${marker}\r\n\r\n`, 400, "invalid_field"],
    ["HTTP with a header of 64 KiB", `GET / HTTP/1.1\r\nx: ${"a".repeat(65_536)}\r\n\r\n`, 400, "invalid_field"],
    [
      "two lengths",
      `POST /v1/attestations HTTP/1.1\r\nhost: a\r\ncontent-length: 2\r\ncontent-length: 3\r\n\r\n{}`,
      400,
      "invalid_field",
    ],
    [
      "two framings",
      `POST /v1/attestations HTTP/1.1\r\nhost: a\r\ncontent-length: 2\r\ntransfer-encoding: chunked\r\n\r\n{}`,
      400,
      "invalid_field",
    ],
  ])("is refused: %s", async (_what, request, status, code) => {
    expect(await sent(request)).toMatchObject({ status, problem: { status, code } });
  });

  it("names the method to use instead", async () => {
    const { head, problem } = await sent(get("/v1/attestations"));
    expect(head).toContain("allow: post");
    expect(problem.data).toEqual({ allowed: "POST" });
  });

  it.each(["content-type: text/plain", "content-type: multipart/form-data", "x: y"])(
    "is refused with %s",
    async (header) => {
      expect(await sent(post("/v1/attestations", good(), header))).toMatchObject({
        status: 415,
        problem: { code: "unsupported_media_type", detail: "Send the body as application/json." },
      });
    },
  );

  it("is refused when its body has 10 MB", async () => {
    const body = good().replace('"single"', `"${marker.repeat(1_000_000)}"`);
    expect(body.length).toBeGreaterThan(10_000_000);
    expect(await sent(post("/v1/attestations", body))).toMatchObject({
      status: 413,
      problem: { code: "body_too_large", data: { limitBytes: 65_536 } },
    });
  });

  it("is refused when its body has 10 MB and does not say so", async () => {
    const chunk = `10000\r\n${"a".repeat(65_536)}\r\n`;
    const head =
      "POST /v1/attestations HTTP/1.1\r\nhost: signer\r\ncontent-type: application/json\r\ntransfer-encoding: chunked\r\n\r\n";
    const { status, problem } = await sent(head, ...Array<string>(160).fill(chunk), "0\r\n\r\n");
    expect({ status, code: problem.code }).toEqual({ status: 413, code: "body_too_large" });
  });

  it("is refused when its body does not arrive in time, while others are answered", { timeout: 15_000 }, async () => {
    const start = post("/v1/attestations", good()).slice(0, -10);
    const slow = sent(start);
    expect(await sent(get("/v1/keys"))).toMatchObject({ status: 200 });
    expect(await slow).toMatchObject({ status: 408, problem: { code: "request_timeout", data: { seconds: 5 } } });
  });
});
