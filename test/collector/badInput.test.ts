import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { stringifyJson } from "../../shared/json/index.ts";
import { packetToWire } from "../../shared/packet/index.ts";
import { attestor, signatureOf, submission, verulinkPost } from "./attestors.ts";
import { type CollectorUnderTest, clientName, startCollectorUnderTest } from "./collectorUnderTest.ts";
import { aleoChain, aleoService, evmChain, packet, someone } from "./packets.ts";

let collector: CollectorUnderTest;
beforeAll(async () => {
  collector = await startCollectorUnderTest();
});
afterAll(() => collector.close());

const order = 0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141n;
const good = submission(packet(1), "white", attestor(0));

/** The good submission with one change inside its packet. */
function withPacket(change: (wire: WirePacket) => void): Record<string, unknown> {
  const wire = wirePacket();
  change(wire);
  return { ...good, packet: wire };
}

/** A packet's wire form with room for what does not belong there. */
interface WirePacket extends Record<string, unknown> {
  destination: Record<string, unknown>;
  message: Record<string, unknown>;
}

function wirePacket(): WirePacket {
  return structuredClone(packetToWire(packet(1))) as WirePacket;
}

function highTwin(): string {
  const signature = signatureOf(packet(1), "white", attestor(0));
  const s = order - BigInt(`0x${signature.slice(66, 130)}`);
  return `${signature.slice(0, 66)}${s.toString(16).padStart(64, "0")}${signature.endsWith("1b") ? "1c" : "1b"}`;
}

const text = stringifyJson(good);
const fields: [string, unknown, string][] = [
  ["an unknown field", { ...good, surprise: 1 }, "surprise"],
  ["an unknown field inside the packet", withPacket((p) => (p.surprise = 1)), "packet.surprise"],
  ["a missing field", withPacket((p) => delete p.height), "packet.height"],
  ["a 300-digit integer", withPacket((p) => (p.sequence = "9".repeat(300))), "packet.sequence"],
  ["a 300-digit number", text.replace('"sequence":"1"', `"sequence":${"9".repeat(300)}`), "packet.sequence"],
  ["a sequence beyond u64", withPacket((p) => (p.sequence = `${2n ** 64n}`)), "packet.sequence"],
  ["an amount beyond u128", withPacket((p) => (p.message.amount = `${2n ** 128n}`)), "packet.message.amount"],
  ["a version beyond u8", withPacket((p) => (p.version = 256)), "packet.version"],
  ["a signed integer", withPacket((p) => (p.height = "-1")), "packet.height"],
  ["a fraction", text.replace('"height":"100"', '"height":100.5'), "packet.height"],
  ["an exponent", text.replace('"height":"100"', '"height":1e2'), "packet.height"],
  ["hex digits for an integer", withPacket((p) => (p.height = "0x64")), "packet.height"],
  ["a short address", withPacket((p) => (p.destination.address = "0x2D9B")), "packet.destination.address"],
  [
    "a wrong checksum",
    withPacket((p) => (p.message.receiver_address = someone.replace("Bd", "bd"))),
    "packet.message.receiver_address",
  ],
  [
    "a second spelling of an address",
    withPacket((p) => (p.message.receiver_address = someone.toLowerCase())),
    "packet.message.receiver_address",
  ],
  [
    "an Aleo address with a wrong letter",
    withPacket((p) => (p.message.sender_address = aleoService.replace("aleo1f", "aleo1g"))),
    "packet.message.sender_address",
  ],
  [
    "text that is not printable",
    withPacket((p) => (p.message.sender_address = "a\u0000b")),
    "packet.message.sender_address",
  ],
  ["an unknown verdict", { ...good, verdict: { ...(good.verdict as object), result: "grey" } }, "verdict.result"],
  [
    "a time that is none",
    { ...good, verdict: { ...(good.verdict as object), screenedAt: "today" } },
    "verdict.screenedAt",
  ],
  ["a short signature", { ...good, signature: "0x1234" }, "signature"],
  ["a signature's high-s twin", { ...good, signature: highTwin() }, "signature"],
  ["a signature with v 29", { ...good, signature: `${(good.signature as string).slice(0, -2)}1d` }, "signature"],
  ["a signature of zeros", { ...good, signature: `0x${"00".repeat(65)}` }, "signature"],
  ["a number where text belongs", { ...good, deployment: 7 }, "deployment"],
  ["a list", [good], "body"],
  ["null", null, "body"],
];

describe("a malformed attestation", () => {
  it.each(fields)("is refused with the field's name: %s", async (_what, body, field) => {
    const answer = await collector.postAs(0, "/v1/attestations", body);
    expect(answer).toMatchObject({
      status: 400,
      type: "application/problem+json",
      body: { code: "invalid_field", data: { field, reason: expect.stringMatching(/^[a-z]/) } },
    });
  });

  const bodies: [string, string, Record<string, string>, number, string][] = [
    ["JSON that is cut short", text.slice(0, -5), {}, 400, "malformed_json"],
    ["no JSON at all", "{{{{", {}, 400, "malformed_json"],
    ["an empty body", "", {}, 400, "malformed_json"],
    ["a key that poisons objects", '{"__proto__":{"x":1}}', {}, 400, "malformed_json"],
    ["another media type", text, { "content-type": "text/plain" }, 415, "unsupported_media_type"],
    ["10 MB", `"${"x".repeat(10_000_000)}"`, {}, 413, "body_too_large"],
  ];
  it.each(bodies)("is refused before it is looked at: %s", async (_what, body, headers, status, code) => {
    const client = await collector.pki.clientIdentity(clientName(0));
    const sent = collector.send(client, { method: "POST", path: "/v1/attestations", body, headers });
    expect(await sent).toMatchObject({ status, type: "application/problem+json", body: { code } });
  });

  it("leaves nothing behind and is not quoted in the log", async () => {
    expect((await collector.read("/v1/packets")).body).toEqual({ packets: [], next: null });
    const log = JSON.stringify(collector.log);
    expect(log).toContain("refused a statement");
    expect(log).not.toContain(highTwin());
    expect(log).not.toMatch(/\bat .+\.ts:\d+|node_modules/);
    expect((await collector.postAs(0, "/v1/attestations", good)).status).toBe(201);
  });
});

describe("a malformed read", () => {
  const reads: [string, number, string][] = [
    [`/v1/packets/${aleoChain}/${evmChain}/x`, 400, "sequence"],
    [`/v1/packets/${aleoChain}/${evmChain}/-1`, 400, "sequence"],
    [`/v1/packets/${aleoChain}/${evmChain}/01`, 400, "sequence"],
    [`/v1/packets/${aleoChain}/${evmChain}/${"9".repeat(100)}`, 400, "sequence"],
    [`/v1/packets/${2n ** 128n}/${evmChain}/1`, 400, "source"],
    [`/v1/packets/${aleoChain}/${evmChain}/1?deployment=No%20Name`, 400, "deployment"],
    [`/v1/packets/${aleoChain}/${evmChain}/1?deploy=alpha`, 400, "deploy"],
    ["/v1/packets?limit=0", 400, "limit"],
    ["/v1/packets?limit=101", 400, "limit"],
    ["/v1/packets?limit=1&limit=2", 400, "limit"],
    ["/v1/packets?after=-1", 400, "after"],
    ["/v1/packets?after=9999999999999999", 400, "after"],
    ["/v1/packets?status=done", 400, "status"],
  ];
  it.each(reads)("is refused with the field's name: GET %s", async (target, status, field) => {
    expect(await collector.read(target)).toMatchObject({ status, body: { code: "invalid_field", data: { field } } });
  });

  it.each(["/", "/v2/packets", "/v1/attestations", "/verulink", "/metrics"])(
    "finds nothing else on the public listener: GET %s",
    async (target) => {
      expect(await collector.read(target)).toMatchObject({ status: 404, body: { code: "not_found" } });
    },
  );
});

describe("a malformed Verulink request", () => {
  it.each([
    "/verulink/unconfirmed",
    "/verulink/unconfirmed?address=a&limit=many",
    "/verulink/unconfirmed?address=a&x=1",
  ])("is refused: GET %s", async (target) => {
    const client = await collector.pki.clientIdentity(clientName(0));
    expect(await collector.send(client, { path: target })).toMatchObject({
      status: 400,
      body: { code: "invalid_field" },
    });
  });

  it("is refused with an unknown query", async () => {
    const answer = await collector.postAs(0, "/verulink/signature?x=1", verulinkPost(packet(1), "white", attestor(0)));
    expect(answer).toMatchObject({ status: 400, body: { data: { field: "x" } } });
  });
});

describe("a client that must not come in", () => {
  const post = { method: "POST", path: "/v1/attestations", body: good };

  it("is told so when its key is not pinned", async () => {
    const stranger = await collector.pki.clientIdentity("stranger");
    expect(await collector.send(stranger, post)).toMatchObject({ status: 403, body: { code: "client_refused" } });
  });

  it.each([
    ["its certificate has expired", () => collector.pki.expired()],
    ["it signed its certificate itself", () => collector.pki.selfSigned()],
    ["another authority issued its certificate", () => collector.pki.otherAuthority()],
  ])("gets no connection when %s", async (_why, identity) => {
    await expect(collector.send(await identity(), post)).rejects.toMatchObject({ code: expect.any(String) });
  });

  it("gets no connection without a certificate, nor over TLS 1.2", async () => {
    const client = await collector.pki.clientIdentity(clientName(0));
    const none = { cert: "", key: "" };
    await expect(collector.send(client, { ...post, tls: none })).rejects.toThrow();
    await expect(collector.send(client, { ...post, tls: { maxVersion: "TLSv1.2" } })).rejects.toThrow(/version|alert/i);
  });

  it("has written nothing", async () => {
    expect((await collector.read("/v1/packets")).body.packets).toHaveLength(1);
  });
});
