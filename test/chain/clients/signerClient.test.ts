import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { attestationProblem, createSignerClient, type SignerClient } from "../../../chain/signerClient/index.ts";
import { AttestorError } from "../../../shared/errors/index.ts";
import { createPinnedClient } from "../../../shared/tls/index.ts";
import type { Attestation, AttestationRequest } from "../../../shared/wire/index.ts";
import { attestationToWire } from "../../../shared/wire/index.ts";
import { rejection } from "../../shared/refusal.ts";
import { createTestPki, type TestPki } from "../../support/pki.ts";
import { packet, verdict } from "../store/samples.ts";
import { denial, refusal, type SignerDouble, startSignerDouble, strangerKey } from "../support/peers.ts";

let pki: TestPki;
let signer: SignerDouble;
let client: SignerClient;
beforeAll(async () => {
  pki = await createTestPki();
  signer = await startSignerDouble(pki);
  client = await connect(signer.pin);
});
afterEach(() => {
  signer.reply = undefined;
});
afterAll(async () => {
  client.close();
  await signer.close();
  pki.remove();
});

async function connect(pin: string): Promise<SignerClient> {
  const identity = await pki.clientIdentity("chain-service");
  return createSignerClient(
    createPinnedClient({ peer: "signer", baseUrl: signer.url, identity, pin, timeoutMs: 5_000 }),
  );
}

const request: AttestationRequest = { deployment: "local", packet: packet(1n), verdict, sources: "single" };
const route = () => ({ deployment: "local", scheme: "verulink-evm", attestor: signer.address }) as const;

describe("the signer's answer", () => {
  test("approved: the attestation, as it was sent", async () => {
    const answer = await client.attest(request);
    expect(answer).toEqual({ outcome: "approved", attestation: signer.attest(request) });
    expect(signer.requests.at(-1)).toEqual(request);
  });

  test("verdict_already_given: the attestation that counts", async () => {
    const before = signer.attest({ ...request, verdict: { ...verdict, result: "flagged" } });
    const error = new AttestorError("verdict_already_given", { rule: "ledger", given: "flagged", asked: "white" });
    signer.reply = () => refusal(error, { outcome: "denied", attestation: attestationToWire(before) });
    expect(await client.attest(request)).toEqual({ outcome: "already_given", attestation: before });
  });

  test("denied: code and reason", async () => {
    signer.reply = () => denial("unknown route");
    expect(await client.attest(request)).toEqual({
      outcome: "denied",
      reason: { code: "denied", text: "Denied by rule route: unknown route." },
      rule: { rule: "route", inputs: {} },
    });
  });

  test.each(["packet.version", "version", "packet.message.amount", "message.receiver_address"])(
    "denied: a packet whose %s it cannot take, by no rule of its",
    async (field) => {
      signer.reply = () => refusal(new AttestorError("invalid_field", { field, reason: "does not fit" }));
      expect(await client.attest(request)).toEqual({
        outcome: "denied",
        reason: { code: "invalid_field", text: `${field}: does not fit.` },
        rule: undefined,
      });
    },
  );

  test.each(["sources", "verdict.version", "packet", "packet.memo", "packet.message", "body"])(
    "failed: a request whose %s it cannot take, which says nothing of the packet",
    async (field) => {
      signer.reply = () => refusal(new AttestorError("invalid_field", { field, reason: "is not a known key" }));
      expect(await client.attest(request)).toMatchObject({ outcome: "failed", reason: { code: "invalid_field" } });
    },
  );

  test.each([
    ["a failure that says when to come back", 503, { "retry-after": "7" }, 7_000],
    ["too many requests", 429, { "retry-after": "2" }, 2_000],
    ["a refusal that is not the policy's", 403, {}, 0],
    ["a request that it does not understand", 400, {}, 0],
    ["an absurd time to come back", 503, { "retry-after": "999999" }, 3_600_000],
  ])("failed: %s", async (_what, status, headers, retryAfterMs) => {
    signer.reply = () => ({ status, headers });
    expect(await client.attest(request)).toMatchObject({ outcome: "failed", retryAfterMs });
  });

  test("held: waits for as long as the signer says", async () => {
    signer.reply = () => ({
      status: 202,
      body: { outcome: "held", reason: "review" },
      headers: { "retry-after": "3" },
    });
    expect(await client.attest(request)).toMatchObject({
      outcome: "held",
      retryAfterMs: 3_000,
      reason: { code: "held" },
    });
  });

  test("unusable: an attestation with a field missing is no answer", async () => {
    signer.reply = () => ({ status: 200, body: { outcome: "approved", attestation: { deployment: "local" } } });
    const error = await rejection("peer_answer_unusable", client.attest(request));
    expect(error.message).toMatch(/^The signer gave an unusable answer: attestation\./);
  });
});

test("sends nothing to a signer with another key than the pinned one", async () => {
  const stranger = await connect(pki.serverIdentity.pin);
  const before = signer.requests.length;
  await rejection("peer_not_pinned", stranger.attest(request));
  expect(signer.requests).toHaveLength(before);
  stranger.close();
});

test("lists the signer's keys", async () => {
  expect(await client.keys()).toEqual([
    { scheme: "verulink-evm", deployment: "local", destination: "2", address: signer.address },
  ]);
});

describe("an attestation is discarded when", () => {
  const flagged = { ...verdict, result: "flagged" } as const;
  const problemOf = (attestation: Attestation) =>
    attestationProblem(attestation, { route: route(), packet: packet(1n), verdict: "white" });

  test("nothing is wrong: it is not", () => {
    expect(problemOf(signer.attest(request))).toBeUndefined();
  });

  test("it is by the key that has its sequence: it is not, and by the other key it is", () => {
    const { signer: other } = signer.attest(request, {}, strangerKey);
    const given = (fromSequence: bigint, key?: string) =>
      attestationProblem(signer.attest(request, {}, key), {
        route: { ...route(), successors: [{ attestor: other, fromSequence }] },
        ...{ packet: packet(1n), verdict: "white" },
      });
    expect([given(1n, strangerKey), given(2n)]).toEqual([undefined, undefined]);
    expect([given(1n), given(2n, strangerKey)]).toEqual(Array(2).fill("it names another attestor than the route's"));
  });

  test.each<[string, () => Attestation, string]>([
    [
      "it is by another key",
      () => signer.attest(request, {}, strangerKey),
      "it names another attestor than the route's",
    ],
    [
      "it is by another key under our name",
      () => signer.attest(request, { signer: signer.address }, strangerKey),
      "its signature is not by the route's attestor",
    ],
    ["it is for another packet", () => signer.attest(request, { packet: packet(1n, 11n) }), "it is for another packet"],
    [
      "its packet is another than its digest's",
      () => ({ ...signer.attest(request, { packet: packet(1n, 11n) }), packet: packet(1n) }),
      "its packet hash is not that of the packet",
    ],
    [
      "it is for another deployment",
      () => signer.attest(request, { deployment: "other" }),
      "it is for another deployment",
    ],
    ["it has another verdict", () => signer.attest(request, { verdict: flagged }), "it has another verdict"],
    [
      "its verdict is another than its digest's",
      () => ({ ...signer.attest(request, { verdict: flagged }), verdict }),
      "its digest is not that of packet and verdict",
    ],
    [
      "its digest is any other",
      () => signer.attest(request, { digest: `0x${"12".repeat(32)}` }),
      "its digest is not that of packet and verdict",
    ],
    [
      "its signature is none",
      () => ({ ...signer.attest(request), signature: `0x${"00".repeat(65)}` }),
      "its signature is not by the route's attestor",
    ],
  ])("%s", (_what, make, problem) => {
    expect(problemOf(make())).toBe(problem);
  });
});

describe("requests that are made while others are on their way", () => {
  const requests = Array.from({ length: 40 }, (_, index) => ({ ...request, packet: packet(BigInt(index + 1)) }));
  afterEach(() => {
    signer.refuseBatches = undefined;
  });

  test("go together, and each has its own answer", async () => {
    const [asked, batches] = [signer.requests.length, signer.batches];
    signer.reply = (each) => (each.packet.sequence % 10n === 0n ? denial("not this one") : undefined);
    const answers = await Promise.all(requests.map((each) => client.attest(each)));
    for (const [index, answer] of answers.entries()) {
      const each = requests[index] ?? request;
      if ((index + 1) % 10 === 0) expect(answer).toMatchObject({ outcome: "denied" });
      else expect(answer).toEqual({ outcome: "approved", attestation: signer.attest(each) });
    }
    expect(signer.requests.length - asked).toBe(40);
    expect(signer.batches - batches).toBeGreaterThan(0);
  });

  test("one attestation that is not well-formed spoils no other", async () => {
    signer.reply = (each) => (each.packet.sequence === 30n ? { status: 200, body: { attestation: 1 } } : undefined);
    const answers = await Promise.allSettled(requests.map((each) => client.attest(each)));
    expect(answers.map(({ status }) => status).indexOf("rejected")).toBe(29);
    expect(answers.filter(({ status }) => status === "fulfilled")).toHaveLength(39);
  });

  test.each([
    ["a refusal", { status: 403, body: { code: "denied", outcome: "denied" } }],
    ["overload", { status: 503 }],
  ])("%s of all of them together is no word about any packet", async (_what, refused) => {
    signer.refuseBatches = refused;
    const answers = await Promise.all(requests.map((each) => client.attest(each)));
    expect(new Set(answers.map(({ outcome }) => outcome))).toEqual(new Set(["approved", "failed"]));
  });

  test("are asked one by one where the signer knows no batches", async () => {
    signer.refuseBatches = { status: 404 };
    const answers = await Promise.all(requests.map((each) => client.attest(each)));
    expect(new Set(answers.map(({ outcome }) => outcome))).toEqual(new Set(["approved"]));
  });
});
