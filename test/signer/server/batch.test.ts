import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import type { PinnedClient } from "../../../shared/tls/index.ts";
import { type AttestationRequest, attestationToWire } from "../../../shared/wire/index.ts";
import { createSignerWorld, type SignerWorld } from "../../support/signerWorld.ts";
import { sampleRequest } from "../samples.ts";

let world: SignerWorld;
let client: PinnedClient;
let nextSequence = 0n;

beforeAll(async () => {
  world = await createSignerWorld();
  await world.start();
  client = await world.client();
});
afterEach(() => world.keeper.misbehave(undefined));
afterAll(() => world.close());

interface Item {
  readonly status: number;
  readonly retryAfterSeconds?: number;
  // biome-ignore lint/suspicious/noExplicitAny: tests look at what they expect in it
  readonly body: any;
}

async function askAll(requests: readonly unknown[], asker = client) {
  const { status, body } = await asker.request("POST", "/v1/attestations/batch", { requests });
  const { answers = [] } = body as { answers?: Item[] };
  return { status, body, answers: answers.map(plain) };
}

/** Numbers as numbers: the client keeps every digit. */
function plain({ status, retryAfterSeconds, body }: Item): Item {
  const wait = retryAfterSeconds === undefined ? {} : { retryAfterSeconds: Number(retryAfterSeconds) };
  return { status: Number(status), ...wait, body };
}

function newRequest(changes: Partial<AttestationRequest> = {}): AttestationRequest {
  nextSequence += 1n;
  return sampleRequest({ sequence: nextSequence }, "white", changes);
}

const wire = (request: AttestationRequest, more = {}) => ({ ...attestationToWire(request), ...more });
/** What was asked for in an attestation or a request. */
const asked = ({ deployment, packet, verdict, sources }: Record<string, unknown>) => ({
  deployment,
  packet,
  verdict,
  sources,
});
const alone = (request: AttestationRequest) => client.request("POST", "/v1/attestations", attestationToWire(request));

describe("POST /v1/attestations/batch", () => {
  it("answers each request as if it had come alone, in their order", async () => {
    const requests = Array.from({ length: 256 }, () => newRequest());
    const { status, answers } = await askAll(requests.map((request) => wire(request)));
    expect(status).toBe(200);
    expect(answers.map((item) => item.status)).toEqual(requests.map(() => 200));
    const sequences = answers.map(({ body }) => body.attestation.packet.sequence);
    expect(sequences).toEqual(requests.map(({ packet }) => packet.sequence.toString()));
    for (const at of [0, 100, 255]) {
      const request = requests[at] ?? newRequest();
      expect(answers[at]?.body).toEqual((await alone(request)).body);
    }
  });

  it("spoils no request by its neighbours", async () => {
    const [good, taken, last] = [newRequest(), newRequest(), newRequest()];
    await alone(taken);
    const other = { ...taken, packet: { ...taken.packet, height: 9n } };
    const { status, answers } = await askAll([
      wire(good),
      "text",
      null,
      { ...wire(newRequest()), deploymend: "x" },
      wire(newRequest({ deployment: "nowhere" })),
      wire(other),
      wire({ ...taken, verdict: { ...taken.verdict, result: "flagged" } }),
      wire(last),
    ]);
    expect(status).toBe(200);
    expect(answers.map((item) => [item.status, item.body.code ?? item.body.outcome])).toEqual([
      [200, "approved"],
      [400, "invalid_field"],
      [400, "invalid_field"],
      [400, "invalid_field"],
      [403, "denied"],
      [403, "equivocation"],
      [403, "verdict_already_given"],
      [200, "approved"],
    ]);
    expect(answers[1]?.body.data.field).toBe("request");
    expect(answers[3]?.body.data).toEqual({
      field: "deploymend",
      reason: "is not a known key (did you mean deployment?)",
    });
    expect(answers[6]?.body.attestation.packet.sequence).toBe(taken.packet.sequence.toString());
  });

  it("asks the keeper once for a packet that it has twice", async () => {
    const [first, second] = [newRequest(), newRequest()];
    const calls = world.keeper.digests.length;
    const { answers } = await askAll([wire(first), wire(second), wire(first), wire(first)]);
    expect(world.keeper.digests).toHaveLength(calls + 2);
    expect(answers[2]).toEqual(answers[0]);
    expect(answers[3]).toEqual(answers[0]);
  });

  it("lets one of two packets with the same id be signed and denies the other", async () => {
    const request = newRequest();
    const other = { ...request, packet: { ...request.packet, height: 9n } };
    const { answers } = await askAll([wire(request), wire(other)]);
    expect(answers.map(({ body }) => body.code ?? body.outcome)).toEqual(["approved", "equivocation"]);
  });

  it("has its requests at the keeper at the same time", async () => {
    const all = Promise.withResolvers<void>();
    let waiting = 0;
    world.keeper.misbehave(async (signed) => {
      waiting += 1;
      if (waiting === 20) all.resolve();
      await all.promise;
      return signed;
    });
    const { answers } = await askAll(Array.from({ length: 20 }, () => wire(newRequest())));
    expect(answers.every(({ status }) => status === 200)).toBe(true);
  });

  it("says of each failure when to ask again", async () => {
    world.keeper.misbehave(() => Promise.reject(new Error("down")));
    const signed = newRequest();
    const { status, answers } = await askAll([wire(signed)]);
    expect(status).toBe(200);
    expect(answers).toMatchObject([{ status: 503, retryAfterSeconds: 1, body: { code: "failed", rule: "keeper" } }]);
  });

  it("answers 503 to those of its requests that the HSM could not sign in time", async () => {
    let elapsed = 1_000;
    const slow = await createSignerWorld({ clocks: { monotonic: { now: () => elapsed, run: "boot-1" } } });
    try {
      await slow.start();
      const asker = await slow.client();
      slow.keeper.misbehave(async (signed) => {
        elapsed += 100; // one signature takes 0.1 s
        return signed;
      });
      const fifty = () => Array.from({ length: 50 }, () => wire(newRequest()));
      const learned = await askAll([...fifty(), ...fifty()], asker);
      expect(learned.answers.every(({ status }) => status === 200)).toBe(true);
      const { answers } = await askAll(
        [...fifty(), ...fifty(), learned.answers[0]?.body.attestation].map(asked),
        asker,
      );
      const statuses = answers.map(({ status }) => status);
      const first = statuses.indexOf(503);
      expect(first, "8 s of signatures are let through").toBeGreaterThan(70);
      expect(statuses.slice(first, 100).every((status) => status === 503)).toBe(true);
      expect(answers[99]).toMatchObject({ body: { code: "overloaded" }, retryAfterSeconds: expect.any(Number) });
      expect(answers[100], "what was signed before needs no HSM").toMatchObject({ status: 200 });
      const metrics = await (await slow.ops("/metrics")).text();
      expect(metrics).toContain(`signer_refused_early_total{client="chain-a",code="overloaded"} ${100 - first}`);
      expect(metrics).toContain("signer_requests_in_flight 0");
    } finally {
      await slow.close();
    }
  });

  it("has dry runs among its requests", async () => {
    const request = newRequest();
    const { answers } = await askAll([wire(request, { dryRun: true }), wire(newRequest())]);
    expect(answers[0]?.body).toMatchObject({ dryRun: true, outcome: "approved", ledger: { state: "absent" } });
    expect(answers[1]?.body.outcome).toBe("approved");
    expect((await client.request("GET", `/v1/attestations/1/2/${request.packet.sequence}`)).status).toBe(404);
  });

  it.each<[string, unknown[], string]>([
    ["none", [], "must have at least one"],
    ["257", Array(257).fill({}), "must have at most 256"],
  ])("refuses a batch of %s as a whole", async (_what, requests, reason) => {
    expect(await askAll(requests)).toMatchObject({ status: 400, body: { data: { field: "requests", reason } } });
  });

  it("is for those who may attest", async () => {
    expect(await askAll([wire(newRequest())], await world.client("olga"))).toMatchObject({ status: 403 });
  });
});
