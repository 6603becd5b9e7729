import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { stringifyJson } from "../../../shared/json/index.ts";
import { attestationToWire } from "../../../shared/wire/index.ts";
import { applyPolicy } from "../../support/applyPolicy.ts";
import { createSignerWorld, type SignerWorld } from "../../support/signerWorld.ts";
import { sampleRequest } from "../samples.ts";
import { post, talk, wireAnswer } from "./rawClient.ts";

let world: SignerWorld;
let elapsed: number;

beforeEach(async () => {
  elapsed = 1_000;
  world = await createSignerWorld({
    changePolicy(policy) {
      policy.clients[0].rate = { perSecond: 1, burst: 3 };
    },
    clocks: { monotonic: { now: () => elapsed, run: "boot-1" } },
  });
  await world.start();
});
afterEach(() => world.close());

let sequence = 0n;
function next() {
  sequence += 1n;
  return attestationToWire(sampleRequest({ sequence }));
}

async function ask(body: object = next(), client = "chain-a") {
  return (await world.client(client)).request("POST", "/v1/attestations", body);
}

async function askAll(count: number) {
  const requests = Array.from({ length: count }, next);
  const { body } = await (await world.client()).request("POST", "/v1/attestations/batch", { requests });
  const { answers } = body as { answers: { status: unknown; retryAfterSeconds?: unknown; body: { code?: string } }[] };
  return answers.map((answer) => ({
    status: Number(answer.status),
    wait: answer.retryAfterSeconds && Number(answer.retryAfterSeconds),
    code: answer.body.code,
  }));
}

const statuses = (answers: readonly { status: number }[]) => answers.map(({ status }) => status);

describe("a client that asks too often", () => {
  it("is answered 429 with Retry-After until its budget has grown, and nothing of it is signed or recorded", async () => {
    const answers = [await ask(), await ask(), await ask()];
    expect(statuses(answers)).toEqual([200, 200, 200]);
    const late = next();
    const refused = await ask(late);
    expect(refused).toMatchObject({
      status: 429,
      retryAfterSeconds: 1,
      body: { code: "rate_limited", data: { client: "chain-a" } },
    });
    expect(refused.body).not.toHaveProperty("outcome");
    expect(world.keeper.digests).toHaveLength(3);
    elapsed += 1_000;
    expect((await ask(late)).status).toBe(200);
  });

  it("slows down nobody else, and reads on", async () => {
    for (let times = 0; times < 4; times += 1) await ask();
    const back = sampleRequest();
    const { source, destination } = back.packet;
    const request = { ...back, packet: { ...back.packet, source: destination, destination: source } };
    expect((await ask(attestationToWire(request), "chain-b")).status).toBe(200);
    const keys = await (await world.client()).request("GET", "/v1/keys");
    expect(keys.status).toBe(200);
  });

  it("is refused before its body is read, and pays for what is malformed", async () => {
    const identity = await world.pki.clientIdentity("chain-a");
    const sent = async (body: string) =>
      wireAnswer(await talk({ port: world.signer.ports.listen, identity, send: [post("/v1/attestations", body)] }));
    for (let times = 0; times < 3; times += 1) expect((await sent("{")).status).toBe(400);
    expect(await sent("{")).toMatchObject({ status: 429, retryAfter: "1" });
    expect((await sent(stringifyJson(next()))).status).toBe(429);
  });

  it("pays for dry runs too", async () => {
    for (let times = 0; times < 3; times += 1) expect((await ask({ ...next(), dryRun: true })).status).toBe(200);
    expect((await ask({ ...next(), dryRun: true })).status).toBe(429);
  });

  it("is in the metrics, and in the log once for each time that it begins", async () => {
    for (let times = 0; times < 8; times += 1) await ask();
    elapsed += 1_000;
    await ask();
    await ask();
    const metrics = await (await world.ops("/metrics")).text();
    expect(metrics).toContain('signer_refused_early_total{client="chain-a",code="rate_limited"} 6');
    const lines = world.log.map((line) => JSON.parse(line)).filter(({ msg }) => msg === "a client asks too often");
    expect(lines).toMatchObject([{ level: "warn", client: "chain-a", perSecond: 1, burst: 3 }, { client: "chain-a" }]);
  });
});

describe("a batch", () => {
  it("costs as much as its requests would alone; those beyond the budget are answered 429 by themselves", async () => {
    expect(statuses(await askAll(2))).toEqual([200, 200]);
    const answers = await askAll(3);
    expect(statuses(answers)).toEqual([200, 429, 429]);
    expect(answers[1]).toEqual({ status: 429, wait: 1, code: "rate_limited" });
  });
});

describe("another policy", () => {
  it("counts from the next request on, and gives no new budget", async () => {
    expect(statuses(await askAll(4))).toEqual([200, 200, 200, 429]);
    await applyPolicy(world, (policy) => {
      policy.clients[0].rate = { perSecond: 10, burst: 100 };
    });
    expect((await ask()).status).toBe(429);
    elapsed += 500;
    expect(statuses(await askAll(6))).toEqual([200, 200, 200, 200, 200, 429]);
  });
});
