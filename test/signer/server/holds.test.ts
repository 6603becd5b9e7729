import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { stringifyJson } from "../../../shared/json/index.ts";
import { check } from "../../../shared/schema/index.ts";
import type { PinnedClient } from "../../../shared/tls/index.ts";
import { attestationToWire } from "../../../shared/wire/index.ts";
import {
  droppedAnswer,
  heldAnswer,
  holdAnswer,
  holdsAnswer,
  problemAnswer,
  releasedAnswer,
} from "../../../signer/server/answerSchemas.ts";
import { createSignerWorld, type SignerWorld } from "../../support/signerWorld.ts";
import { addresses, sampleRequest } from "../samples.ts";

let world: SignerWorld;
let chain: PinnedClient;
let olga: PinnedClient;
let otto: PinnedClient;

beforeEach(async () => {
  world = await createSignerWorld({
    async changePolicy(policy, pki) {
      policy.routes[0].tokens = [{ source: addresses.sourceService, destination: addresses.token }];
      policy.routes[0].limits = { perToken: [{ token: addresses.token, single: "10" }] };
      policy.clients[1].routes.push("one-to-two");
      const auditor = await pki.clientIdentity("auditor");
      policy.clients.push({ name: "auditor", pins: [auditor.pin], operations: ["audit"] });
    },
  });
  await world.start();
  [chain, olga, otto] = await Promise.all([world.client("chain-a"), world.client("olga"), world.client("otto")]);
});
afterEach(() => world.close());

const large = (sequence = 7n) => sampleRequest({ sequence, message: { amount: 11n } });
const ask = (request = large(), client = chain) =>
  client.request("POST", "/v1/attestations", attestationToWire(request));

/** A packet that is held for review, as operators see it. */
async function heldPacket() {
  const { status, body } = await ask();
  expect(status).toBe(202);
  expect(check(heldAnswer, body, "body")).toMatchObject({ reason: "review", rule: "value_limit" });
  const { holds } = await list();
  const [hold] = holds;
  if (!hold) throw new Error("nothing is held");
  return hold;
}

async function list(client = olga, after = "0") {
  const { status, body } = await client.request("GET", `/v1/holds?after=${after}`);
  expect(status).toBe(200);
  return check(holdsAnswer, body, "body");
}

const release = (client: PinnedClient, id: string, digest: string) =>
  client.request("POST", `/v1/holds/${id}/release`, { digest });
const drop = (client: PinnedClient, id: string, digest: string) =>
  client.request("POST", `/v1/holds/${id}/drop`, { digest });

describe("GET /v1/holds", () => {
  it("shows operators and auditors what waits: the packet, who asked, what the rules saw", async () => {
    await heldPacket();
    await ask(large(), await world.client("chain-b"));
    for (const name of ["olga", "auditor"]) {
      const { holds, agreement } = await list(await world.client(name));
      expect(agreement).toEqual([]);
      expect(holds).toMatchObject([
        {
          id: "1",
          reason: "review",
          state: "waiting",
          packetId: "1/2/7",
          route: "one-to-two",
          clients: ["chain-a", "chain-b"],
          rules: { value_limit: { amount: "11" } },
          approvals: [],
          droppedBy: null,
        },
      ]);
      expect(stringifyJson(holds[0]?.request)).toBe(stringifyJson(attestationToWire(large())));
    }
  });

  it("goes on after the last one seen, and shows one alone", async () => {
    for (const sequence of [7n, 8n, 9n]) await ask(large(sequence));
    expect((await list(olga, "1")).holds.map(({ packetId }) => packetId)).toEqual(["1/2/8", "1/2/9"]);
    const { status, body } = await olga.request("GET", "/v1/holds/3");
    expect(status).toBe(200);
    expect(check(holdAnswer, body, "body")).toMatchObject({ id: "3", packetId: "1/2/9" });
    expect(await olga.request("GET", "/v1/holds/4")).toMatchObject({ status: 404, body: { code: "not_found" } });
    expect(await olga.request("GET", "/v1/holds/x")).toMatchObject({ status: 400, body: { code: "invalid_field" } });
  });

  it("is not for those who ask for attestations", async () => {
    expect(await chain.request("GET", "/v1/holds")).toMatchObject({ status: 403, body: { code: "denied" } });
  });
});

describe("POST /v1/holds/{id}/release", () => {
  it("lets the packet be signed once two operators approved", async () => {
    const { id, digest } = await heldPacket();
    const first = await release(olga, id, digest);
    expect(first).toMatchObject({ status: 200, body: { approvals: ["olga"], released: false } });
    expect((await ask()).status).toBe(202);
    const second = await release(otto, id, digest);
    expect(check(releasedAnswer, second.body, "body")).toEqual({ approvals: ["olga", "otto"], released: true });
    expect(await ask()).toMatchObject({ status: 200, body: { attestation: { digest } } });
  });

  it("counts one operator once, and survives a restart", async () => {
    const { id, digest } = await heldPacket();
    await release(olga, id, digest);
    await release(olga, id, digest);
    await world.start();
    [chain, olga, otto] = await Promise.all([world.client("chain-a"), world.client("olga"), world.client("otto")]);
    expect((await ask()).status).toBe(202);
    expect((await list()).holds).toMatchObject([{ approvals: ["olga"], state: "waiting" }]);
    await release(otto, id, digest);
    expect((await ask()).status).toBe(200);
  });

  it("is bound to the digest that was looked at", async () => {
    const { id } = await heldPacket();
    const { status, body } = await release(olga, id, `0x${"ab".repeat(32)}`);
    expect(status).toBe(409);
    expect(check(problemAnswer, body, "body").code).toBe("conflict");
    expect(await release(olga, "99", `0x${"ab".repeat(32)}`)).toMatchObject({ status: 404 });
    expect(await olga.request("POST", `/v1/holds/${id}/release`, {})).toMatchObject({ status: 400 });
    expect((await list()).holds).toMatchObject([{ approvals: [] }]);
  });

  it.each(["chain-a", "auditor"])("is no business of client %s", async (name) => {
    const { id, digest } = await heldPacket();
    const client = await world.client(name);
    for (const act of [release, drop]) {
      expect(await act(client, id, digest)).toMatchObject({
        status: 403,
        body: { code: "denied", data: { rule: "client_rights", inputs: { needed: "operator" } } },
      });
    }
  });
});

describe("POST /v1/holds/{id}/drop", () => {
  it("denies the content from then on, until two operators release it", async () => {
    const { id, digest } = await heldPacket();
    const { status, body } = await drop(otto, id, digest);
    expect(status).toBe(200);
    expect(check(droppedAnswer, body, "body")).toEqual({ droppedBy: "otto" });
    expect(await ask()).toMatchObject({ status: 403, body: { outcome: "denied", rule: "dropped" } });
    expect((await list()).holds).toMatchObject([{ state: "dropped", droppedBy: "otto" }]);
    await release(olga, id, digest);
    await release(otto, id, digest);
    expect((await ask()).status).toBe(200);
  });
});
