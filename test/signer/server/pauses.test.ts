import { rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { systemClock } from "../../../shared/clock/index.ts";
import { check } from "../../../shared/schema/index.ts";
import type { PinnedClient } from "../../../shared/tls/index.ts";
import { attestationToWire } from "../../../shared/wire/index.ts";
import { formatStatement, type StatementAction } from "../../../signer/policy/index.ts";
import { clockAnswer, pauseAnswer, pausesAnswer, policyAnswer } from "../../../signer/server/answerSchemas.ts";
import { createSignerWorld, type SignerWorld } from "../../support/signerWorld.ts";
import { sampleRequest } from "../samples.ts";

let world: SignerWorld;
let chain: PinnedClient;
let olga: PinnedClient;
let wallStep = 0;

const backwards = {
  ...sampleRequest({
    source: { chainId: 2n, address: "0x2D9B1dF35e4fAc995377aD7f7a84070CD36400Ff" },
    destination: { chainId: 1n, address: "0x5FbDB2315678afecb367f032d93F642f64180aa3" },
  }),
};

async function start() {
  await world.start();
  [chain, olga] = await Promise.all([world.client("chain-a"), world.client("olga")]);
}

beforeEach(async () => {
  wallStep = 0;
  const clock = { ...systemClock, now: () => systemClock.now() + wallStep };
  world = await createSignerWorld({ clocks: { clock } });
  await start();
});
afterEach(() => world.close());

const ask = (request = sampleRequest()) => chain.request("POST", "/v1/attestations", attestationToWire(request));
const heldByPause = { status: 202, body: { outcome: "held", reason: "paused", rule: "pause" } };

async function pauses(client = olga) {
  const { status, body } = await client.request("GET", "/v1/pauses");
  expect(status).toBe(200);
  return check(pausesAnswer, body, "body");
}

async function pause(route?: string) {
  const body = { note: "Something looks odd.", ...(route === undefined ? {} : { route }) };
  const answer = await olga.request("POST", "/v1/pauses", body);
  expect(answer.status).toBe(200);
  return check(pauseAnswer, answer.body, "body");
}

/** A statement that these operators signed. */
async function approval(action: StatementAction, object: string, ...signers: string[]) {
  const { ledger } = check(policyAnswer, (await olga.request("GET", "/v1/policy")).body, "body");
  const statement = formatStatement({ action, object, ledger, expiresMs: Date.now() + wallStep + 3_600_000 });
  const signatures = world.operators.filter(({ name }) => signers.includes(name)).map(({ sign }) => sign(statement));
  return { approval: { statement, signatures } };
}

const resume = async (id: string, object: string, ...signers: string[]) =>
  olga.request("POST", `/v1/pauses/${id}/resume`, await approval("resume", object, ...signers));

describe("POST /v1/pauses", () => {
  it("pauses everything by one operator's word, across restarts, until two end it", async () => {
    const { id, object, ...told } = await pause();
    expect(told).toMatchObject({ scope: "everything", route: null, by: "olga", note: "Something looks odd." });
    for (const request of [sampleRequest(), backwards]) expect(await ask(request)).toMatchObject(heldByPause);
    expect((await world.ops("/readyz")).status).toBe(503);
    await start();
    expect(await ask()).toMatchObject(heldByPause);

    expect(await resume(id, object, "olga")).toMatchObject({ status: 403, body: { code: "approval_refused" } });
    expect(await ask()).toMatchObject(heldByPause);
    expect((await resume(id, object, "olga", "otto")).status).toBe(200);
    expect((await ask()).status).toBe(200);
    expect((await world.ops("/readyz")).status).toBe(200);
    expect(await resume(id, object, "olga", "otto")).toMatchObject({ status: 404 });
  });

  it("pauses one route, and leaves the others", async () => {
    const { scope } = await pause("one-to-two");
    expect(scope).toBe("local/1/2");
    expect(await ask()).toMatchObject(heldByPause);
    expect((await ask(backwards)).status).toBe(200);
    expect((await world.ops("/readyz")).status).toBe(200);
  });

  it("takes a route that the policy has, and a note", async () => {
    const wrong = await olga.request("POST", "/v1/pauses", { route: "one-to-three", note: "x" });
    expect(wrong).toMatchObject({ status: 404, body: { code: "not_found" } });
    expect(await olga.request("POST", "/v1/pauses", {})).toMatchObject({ status: 400 });
    expect((await pauses()).pauses).toEqual([]);
  });

  it("is not for clients", async () => {
    const refused = { status: 403, body: { code: "denied" } };
    expect(await chain.request("POST", "/v1/pauses", { note: "x" })).toMatchObject(refused);
    expect(await chain.request("GET", "/v1/pauses")).toMatchObject(refused);
  });

  it("cannot be ended by a statement about another pause", async () => {
    const [one, two] = [await pause("one-to-two"), await pause("two-to-one")];
    expect(await resume(one.id, two.object, "olga", "otto")).toMatchObject({ status: 403 });
    expect((await pauses()).pauses.map(({ id }) => id)).toEqual([one.id, two.id]);
  });
});

describe("the file paused", () => {
  it("pauses a running signer, and deleting it does not resume", async () => {
    const file = path.join(world.folder, "state", "paused");
    writeFileSync(file, "");
    expect(await ask()).toMatchObject(heldByPause);
    const [found] = (await pauses()).pauses;
    expect(found).toMatchObject({ scope: "everything", by: "the file paused" });
    const { id = "", object = "" } = found ?? {};
    expect(await resume(id, object, "olga", "otto")).toMatchObject({ status: 409, body: { code: "conflict" } });
    rmSync(file);
    expect(await ask()).toMatchObject(heldByPause);
    expect((await resume(id, object, "olga", "otto")).status).toBe(200);
    expect((await ask()).status).toBe(200);
  });

  it("pauses a signer that was not running", async () => {
    await world.signer.stop();
    writeFileSync(path.join(world.folder, "state", "paused"), "");
    await start();
    expect(await ask()).toMatchObject(heldByPause);
    expect((await world.ops("/readyz")).status).toBe(503);
  });
});

describe("POST /v1/clock/acknowledge", () => {
  const failed = { status: 503, body: { outcome: "failed", rule: "clock" } };
  const clockNow = async () => check(clockAnswer, (await olga.request("GET", "/v1/clock")).body, "body");

  it("lets the signer go on after its clock was set, once two operators signed", async () => {
    expect((await ask()).status).toBe(200);
    expect(await clockNow()).toEqual({ jump: null });
    wallStep = 6 * 60_000;
    expect(await ask(sampleRequest({ sequence: 8n }))).toMatchObject(failed);
    expect((await world.ops("/readyz")).status).toBe(503);
    const { jump } = await clockNow();
    expect(Number(jump?.milliseconds)).toBeGreaterThan(5 * 60_000);
    const acknowledge = async (...signers: string[]) =>
      olga.request(
        "POST",
        "/v1/clock/acknowledge",
        await approval("acknowledge-clock", jump?.object ?? "none", ...signers),
      );
    expect(await acknowledge("otto")).toMatchObject({ status: 403, body: { code: "approval_refused" } });
    expect(await ask(sampleRequest({ sequence: 8n }))).toMatchObject(failed);
    expect(await acknowledge("olga", "otto")).toMatchObject({ status: 200, body: { jump: null } });
    expect((await ask(sampleRequest({ sequence: 8n }))).status).toBe(200);
    expect(await acknowledge("olga", "otto")).toMatchObject({ status: 404 });
  });
});
