import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { digestScheme } from "../../../shared/digest/index.ts";
import { AttestorError } from "../../../shared/errors/index.ts";
import { check } from "../../../shared/schema/index.ts";
import { type AttestationRequest, attestationSchema, attestationToWire } from "../../../shared/wire/index.ts";
import { rehearsalAnswer } from "../../../signer/server/answerSchemas.ts";
import { createSignerWorld, type SignerWorld } from "../../support/signerWorld.ts";
import { testKey } from "../../support/testKeeper.ts";
import { addresses, sampleRequest } from "../samples.ts";

const otherKey = testKey(3);
let world: SignerWorld;
let nextSequence = 100n;

beforeAll(async () => {
  world = await createSignerWorld({
    // the same two chains once more, in a deployment of their own
    change(settings) {
      const key = settings.keys[1];
      settings.keys.push({
        ...key,
        name: "other-to-two",
        uri: key.uri.replace("%02", "%03"),
        publicKey: otherKey.publicKey,
        deployment: "other",
      });
    },
    changePolicy(policy) {
      policy.routes.push({ ...policy.routes[0], name: "other", deployment: "other", key: "other-to-two" });
      policy.clients[0].routes.push("other");
    },
    keyNumbers: { "other-to-two": 3 },
  });
  await world.start();
});
afterAll(() => world.close());

/** A request for a packet that no other test asks for. */
function newRequest(changes: Partial<AttestationRequest> = {}): AttestationRequest {
  nextSequence += 1n;
  return sampleRequest({ sequence: nextSequence }, "white", changes);
}

async function ask(request: AttestationRequest, client = "chain-a") {
  const { status, body, retryAfterSeconds } = await (await world.client(client)).request(
    "POST",
    "/v1/attestations",
    attestationToWire(request),
  );
  return { status, body: body as Record<string, unknown>, retryAfterSeconds };
}

async function read({ packet }: AttestationRequest, query = "", client = "chain-a") {
  const id = `${packet.source.chainId}/${packet.destination.chainId}/${packet.sequence}`;
  return (await world.client(client)).request("GET", `/v1/attestations/${id}${query}`);
}

describe("POST /v1/attestations", () => {
  it("answers 200 with the attestation", async () => {
    const request = newRequest();
    const { status, body } = await ask(request);
    expect(status).toBe(200);
    expect(Object.keys(body)).toEqual(["outcome", "attestation"]);
    expect(body.outcome).toBe("approved");
    expect(check(attestationSchema, body.attestation, "attestation")).toMatchObject({
      ...request,
      scheme: "verulink-evm",
      assurance: "claimed",
      custody: "hsm",
    });
  });

  it("answers the same again, byte for byte", async () => {
    const request = newRequest();
    const [first, second] = [await ask(request), await ask(request)];
    expect(second).toEqual(first);
  });

  it("answers 403 with rule and inputs where a rule denies", async () => {
    const { status, body } = await ask(newRequest(), "chain-b");
    expect(status).toBe(403);
    expect(body).toMatchObject({
      code: "denied",
      outcome: "denied",
      rule: "client_rights",
      inputs: { client: "chain-b", route: "one-to-two" },
      detail: "Denied by rule client_rights: client chain-b has no right to route one-to-two.",
    });
  });

  it("answers 403 to a packet that no route is for", async () => {
    const { status, body } = await ask(newRequest({ deployment: "nowhere" }));
    expect(status).toBe(403);
    expect(body).toMatchObject({ code: "denied", rule: "route", inputs: { deployment: "nowhere" } });
  });

  it("answers 403 verdict_already_given with the attestation that was given", async () => {
    const request = newRequest();
    const { attestation } = (await ask(request)).body;
    const { status, body } = await ask({ ...request, verdict: { ...request.verdict, result: "flagged" } });
    expect(status).toBe(403);
    expect(body).toMatchObject({ code: "verdict_already_given", outcome: "denied", rule: "ledger", attestation });
    expect(body.inputs).toEqual({ route: "one-to-two", key: "to-two", given: "white", asked: "flagged" });
  });

  it("answers 403 equivocation to another packet with the same id, and raises the alarm", async () => {
    const request = newRequest();
    await ask(request);
    const { status, body } = await ask({ ...request, packet: { ...request.packet, height: 9n } });
    expect(status).toBe(403);
    expect(body).toMatchObject({ code: "equivocation", outcome: "denied", rule: "ledger" });
    expect(body).not.toHaveProperty("attestation");
    const alarms = world.log.map((line) => JSON.parse(line)).filter(({ alarm }) => alarm === true);
    expect(alarms.at(-1)).toMatchObject({ level: "error", client: "chain-a", err: { code: "equivocation" } });
    expect(await (await world.ops("/metrics")).text()).toContain('signer_alarms_total{code="equivocation"} 1');
  });

  it("answers 503 with Retry-After while the keeper is down, and 200 to the retry", async () => {
    const request = newRequest();
    world.keeper.misbehave(() => Promise.reject(new AttestorError("keeper_unavailable", { reason: "being rebuilt" })));
    const { status, body, retryAfterSeconds } = await ask(request);
    expect(status).toBe(503);
    expect(body).toMatchObject({ code: "keeper_unavailable", outcome: "failed", rule: "keeper" });
    expect(retryAfterSeconds).toBe(1);
    world.keeper.misbehave(undefined);
    expect((await ask(request)).status).toBe(200);
  });
});

describe("POST /v1/attestations with dryRun", () => {
  async function tryOut(request: AttestationRequest, client = "chain-a") {
    const body = { ...attestationToWire(request), dryRun: true };
    const answer = await (await world.client(client)).request("POST", "/v1/attestations", body);
    expect(answer.status).toBe(200);
    return check(rehearsalAnswer, answer.body, "answer");
  }

  it("answers 200 with what would happen and does none of it", async () => {
    const request = newRequest();
    const calls = world.keeper.digests.length;
    const { digest, packetHash } = digestScheme("verulink-evm").digestOf(request.packet, "white");
    const expected = {
      dryRun: true,
      outcome: "approved",
      rule: "keeper",
      inputs: { route: "one-to-two", key: "to-two" },
      scheme: "verulink-evm",
      packetHash,
      digest,
      ledger: { state: "absent" },
    };
    expect(await tryOut(request)).toEqual(expected);
    expect(await tryOut(request)).toEqual(expected);
    expect(world.keeper.digests).toHaveLength(calls);
    expect(await read(request)).toMatchObject({ status: 404 });

    await ask(request);
    expect(await tryOut(request)).toEqual({ ...expected, rule: "ledger", ledger: { state: "signed" } });
    expect(await tryOut({ ...request, verdict: { ...request.verdict, result: "flagged" } })).toMatchObject({
      outcome: "denied",
      problem: { code: "verdict_already_given", status: 403 },
      ledger: { state: "verdict_already_given", given: "white" },
    });
    expect(await tryOut({ ...request, packet: { ...request.packet, height: 9n } })).toMatchObject({
      problem: { code: "equivocation" },
      ledger: { state: "equivocation", differing: ["packet.height"] },
    });
  });

  it("is in the log and the metrics, and no alarm", async () => {
    const before = world.log.length;
    await tryOut(newRequest(), "chain-b");
    const lines = world.log.slice(before).map((line) => JSON.parse(line));
    expect(lines).toMatchObject([{ level: "info", msg: "would be denied", dryRun: true, client: "chain-b" }]);
    const metrics = await (await world.ops("/metrics")).text();
    expect(metrics).toContain('signer_dry_runs_total{outcome="denied",rule="client_rights"} 1');
  });

  it("is a request like any other where it is false", async () => {
    const request = newRequest();
    const body = { ...attestationToWire(request), dryRun: false };
    const { status } = await (await world.client("chain-a")).request("POST", "/v1/attestations", body);
    expect(status).toBe(200);
    expect(await read(request)).toMatchObject({ status: 200 });
  });
});

describe("GET /v1/attestations/{source}/{destination}/{sequence}", () => {
  it("answers what was released", async () => {
    const request = newRequest();
    const { attestation } = (await ask(request)).body;
    expect(await read(request)).toMatchObject({ status: 200, body: { attestation } });
  });

  it("answers 404 to a packet that was never asked for, or is not released", async () => {
    const request = newRequest();
    expect(await read(request)).toMatchObject({ status: 404, body: { code: "not_found" } });
    world.keeper.misbehave(() => Promise.reject(new Error("down")));
    expect((await ask(request)).status).toBe(503);
    world.keeper.misbehave(undefined);
    expect(await read(request)).toMatchObject({ status: 404, body: { code: "not_found" } });
  });

  it("answers 404 to a client that has no right to the route", async () => {
    const request = newRequest();
    await ask(request);
    expect(await read(request, "", "chain-b")).toMatchObject({ status: 404, body: { code: "not_found" } });
  });

  it("answers 409 naming the deployments where more than one matches, until one is chosen", async () => {
    const request = newRequest();
    const other = { ...request, deployment: "other" };
    await ask(request);
    await ask(other);
    expect(await read(request)).toMatchObject({
      status: 409,
      body: { code: "ambiguous_deployment", data: { deployments: ["local", "other"] } },
    });
    expect(await read(request, "?deployment=other")).toMatchObject({
      status: 200,
      body: { attestation: { deployment: "other" } },
    });
    expect(await read(request, "?deployment=third")).toMatchObject({ status: 404 });
  });
});

describe("GET /v1/keys", () => {
  it("lists the public half of every key and nothing of where it is", async () => {
    const { status, body } = await (await world.client("chain-b")).request("GET", "/v1/keys");
    expect(status).toBe(200);
    const { keys } = body as { keys: Record<string, unknown>[] };
    expect(keys.map(({ name }) => name)).toEqual(["to-one", "to-two", "other-to-two"]);
    expect(keys[2]).toEqual({
      name: "other-to-two",
      scheme: "verulink-evm",
      deployment: "other",
      destination: "2",
      address: "0x6813Eb9362372EEF6200f3b1dbC3f819671cBA69",
      publicKey: otherKey.publicKey,
      custody: "hsm",
    });
  });
});

describe("the log", () => {
  it("has one line per decision, without the packet's content and without a signature", async () => {
    const request = newRequest();
    const before = world.log.length;
    const { body } = await ask(request);
    const lines = world.log.slice(before).map((line) => JSON.parse(line));
    expect(lines).toHaveLength(1);
    expect(lines[0]).toMatchObject({
      level: "info",
      msg: "approved",
      client: "chain-a",
      deployment: "local",
      packet: `1/2/${request.packet.sequence}`,
      verdict: "white",
      rule: "keeper",
    });
    const { signature } = body.attestation as { signature: string };
    expect(world.log.join("")).not.toContain(signature);
    expect(world.log.join("")).not.toContain(addresses.receiver);
  });
});
