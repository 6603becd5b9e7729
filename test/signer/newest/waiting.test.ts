import { beforeEach, describe, expect, it } from "vitest";
import { stringifyJson } from "../../../shared/json/index.ts";
import { waitsFor } from "../../../signer/newest/rules.ts";
import { formatStatement, policyObject, readPolicy } from "../../../signer/policy/index.ts";
import { showNewest } from "../../support/showNewest.ts";
import { clientSettings, type Settings } from "../../support/signerWorld.ts";
import { sampleRequest } from "../samples.ts";
import { type NewestWorld, newestWorld, oneToTwo, twoToOne } from "./newestWorld.ts";

let world: NewestWorld;

beforeEach(async () => {
  world = await newestWorld({
    async changePolicy(policy, pki) {
      const auditor = await pki.clientIdentity("auditor");
      policy.clients.push({ name: "auditor", pins: [auditor.pin], operations: ["audit"] });
      const legacy = clientSettings("legacy", await pki.clientIdentity("legacy"), ["one-to-two"]);
      policy.clients.push({ ...legacy, operations: ["verulink"] });
    },
  });
  await world.start(["chain-a", "chain-b"]);
});

const standings = async () =>
  Object.fromEntries((await world.status()).clients.map(({ name, newest }) => [name, newest]));

/** Puts another policy into force. */
async function apply(version: number, change: (policy: Settings) => unknown): Promise<void> {
  const policy = structuredClone(world.policy);
  change(policy);
  const text = stringifyJson({ ...policy, version });
  const statement = formatStatement({
    action: "apply-policy",
    object: policyObject(readPolicy(text, world.policyFile)),
    ledger: (await world.status()).ledger,
    expiresMs: Date.now() + 3_600_000,
  });
  const signatures = world.operators.map(({ sign }) => sign(statement));
  const operator = await world.client("olga");
  const answer = await operator.request("POST", "/v1/policy", { policy: text, approval: { statement, signatures } });
  expect(answer.status, stringifyJson(answer.body)).toBe(200);
}

describe("a signer that was started", () => {
  it("signs nothing until every client has shown what it holds, and says whom it waits for", async () => {
    expect(await world.ask()).toMatchObject({
      status: 503,
      retryAfterSeconds: expect.any(Number),
      body: {
        code: "failed",
        outcome: "failed",
        rule: "newest",
        inputs: { start: (await world.status()).start, missing: "chain-a, chain-b" },
      },
    });
    expect(await world.readiness()).toEqual({ ready: false, reasons: [waitsFor(["chain-a", "chain-b"])] });

    expect(await showNewest(await world.client("chain-a"))).toBe(200);
    expect(await world.ask(), "one is not all").toMatchObject({
      body: { rule: "newest", inputs: { missing: "chain-b" } },
    });
    expect(world.keeper.digests).toEqual([]);

    expect(await showNewest(await world.client("chain-b"))).toBe(200);
    expect(await world.readiness()).toEqual({ ready: true, reasons: [] });
    expect((await world.ask()).status).toBe(200);
  });

  it("tells a client which routes it has to show, and how it stands", async () => {
    const { start } = await world.status();
    expect(await world.wanted("chain-a")).toEqual({
      start,
      newest: "missing",
      routes: [oneToTwo, twoToOne].map(integers),
    });
    expect(await world.wanted("chain-b")).toEqual({ start, newest: "missing", routes: [integers(twoToOne)] });
    await showNewest(await world.client("chain-b"));
    expect(await world.wanted("chain-b")).toMatchObject({ newest: "shown" });
  });

  it("asks everybody again at its next start, which has another name", async () => {
    const { start } = await world.status();
    await world.showNothing();
    await world.start(["chain-a"]);
    const next = await world.status();
    expect(next.start).not.toBe(start);
    expect(await standings()).toEqual({ "chain-a": "missing", "chain-b": "shown", legacy: "exempt" });
    expect(await world.ask(sampleRequest(), "chain-a")).toMatchObject({ body: { rule: "newest" } });
  });

  it("does not wait for clients that have no way to show anything, and says so", async () => {
    await world.showNothing();
    expect(await standings()).toEqual({ "chain-a": "shown", "chain-b": "shown", legacy: "exempt" });
    expect((await world.readiness()).ready).toBe(true);
  });

  it("tells operators and auditors who has shown what it holds, and nobody else", async () => {
    for (const [name, status] of Object.entries({ olga: 200, auditor: 200, "chain-a": 403, legacy: 403 })) {
      const client = await world.client(name);
      expect((await client.request("GET", "/v1/status")).status, name).toBe(status);
    }
  });

  it.each(["auditor", "legacy", "olga"])("takes nothing from %s, who may not ask for attestations", async (name) => {
    const client = await world.client(name);
    expect(await client.request("PUT", "/v1/clients/self/newest", { routes: [] })).toMatchObject({
      status: 403,
      body: { code: "denied" },
    });
  });

  it("does not wait for a client that a policy adds while it runs", async () => {
    await world.showNothing();
    const newcomer = await world.pki.clientIdentity("newcomer");
    await apply(2, (policy) => policy.clients.push(clientSettings("newcomer", newcomer, ["one-to-two"])));
    expect(await standings()).toMatchObject({ newcomer: "added" });
    expect((await world.readiness()).ready).toBe(true);
    expect((await world.ask(sampleRequest(), "newcomer")).status).toBe(200);
    expect(await showNewest(await world.client("newcomer"))).toBe(200);
    expect(await standings()).toMatchObject({ newcomer: "shown" });
    await world.start();
    expect(await standings(), "and waits for it from its next start on").toMatchObject({ newcomer: "missing" });
  });

  it("waits no more for a client that a policy removes", async () => {
    await showNewest(await world.client("chain-a"));
    await apply(2, (policy) => policy.clients.splice(1, 1));
    expect((await world.readiness()).ready).toBe(true);
    expect(await standings()).toEqual({ "chain-a": "shown", legacy: "exempt" });
  });
});

describe("a client that cannot show anything", () => {
  beforeEach(() => world.showNothing(["chain-a"]));

  it("is waived by two operators, until the next start", async () => {
    expect(await world.waive("chain-a", ["olga", "otto"])).toMatchObject({
      status: 200,
      body: { client: "chain-a", operators: ["olga", "otto"] },
    });
    expect((await world.status()).clients[0]).toMatchObject({ newest: "waived", operators: ["olga", "otto"] });
    expect(await world.readiness()).toEqual({ ready: true, reasons: [] });
    expect((await world.ask()).status).toBe(200);
    await world.start(["chain-a"]);
    expect(await standings()).toMatchObject({ "chain-a": "missing" });
  });

  it("is not waived by one", async () => {
    expect(await world.waive("chain-a", ["otto"])).toMatchObject({
      status: 403,
      body: { code: "approval_refused", data: { action: "waive-newest", reason: "only otto signed" } },
    });
    expect(await world.ask()).toMatchObject({ body: { rule: "newest" } });
  });

  it("is not waived by signatures for another start, or for another client", async () => {
    const { start } = await world.status();
    await world.start(["chain-a", "chain-b"]);
    const old = await world.waive("chain-a", ["olga", "otto"], start);
    expect(old).toMatchObject({
      status: 403,
      body: { data: { reason: expect.stringContaining("the statement is about") } },
    });
    expect(await standings()).toMatchObject({ "chain-a": "missing", "chain-b": "missing" });
  });

  it("is not waived by itself, or by an auditor", async () => {
    for (const name of ["chain-a", "auditor"]) {
      const client = await world.client(name);
      const body = { approval: { statement: "x", signatures: ["x"] } };
      expect(await client.request("POST", "/v1/clients/chain-a/waive", body)).toMatchObject({ status: 403 });
    }
  });

  it("may still show what it holds afterwards", async () => {
    await world.waive("chain-a", ["olga", "otto"]);
    expect(await showNewest(await world.client("chain-a"))).toBe(200);
    expect(await standings()).toMatchObject({ "chain-a": "shown" });
  });
});

it.each(["chain-b", "legacy", "auditor", "nobody"])("there is nothing to waive for %s", async (name) => {
  await world.showNothing(["chain-a"]);
  expect(await world.waive(name, ["olga", "otto"])).toMatchObject({ status: 404, body: { code: "not_found" } });
});

function integers({ deployment, source, destination }: typeof oneToTwo) {
  return { deployment, source: BigInt(source), destination: BigInt(destination) };
}
