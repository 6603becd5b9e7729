import { once } from "node:events";
import { readFileSync, rmSync } from "node:fs";
import { connect } from "node:tls";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { issueCertificate } from "../../../certs/index.ts";
import { stringifyJson } from "../../../shared/json/index.ts";
import { check } from "../../../shared/schema/index.ts";
import type { PinnedClient } from "../../../shared/tls/index.ts";
import { attestationToWire } from "../../../shared/wire/index.ts";
import { formatStatement, policyObject, readPolicy } from "../../../signer/policy/index.ts";
import { appliedPolicyAnswer, policyAnswer } from "../../../signer/server/answerSchemas.ts";
import { clientSettings, createSignerWorld, type Settings, type SignerWorld } from "../../support/signerWorld.ts";
import { sampleRequest } from "../samples.ts";

let world: SignerWorld;
let operator: PinnedClient;

beforeEach(async () => {
  world = await createSignerWorld({
    async changePolicy(policy, pki) {
      const auditor = await pki.clientIdentity("auditor");
      policy.clients.push({ name: "auditor", pins: [auditor.pin], operations: ["audit"] });
    },
  });
  await world.start();
  operator = await world.client("olga");
});
afterEach(() => world.close());

/** The text of a policy that differs from the first one as told. */
function textOf(version: number, change: (policy: Settings) => unknown): string {
  const policy = structuredClone(world.policy);
  change(policy);
  return stringifyJson({ ...policy, version });
}

async function status() {
  const { body } = await operator.request("GET", "/v1/policy");
  return check(policyAnswer, body, "body");
}

/** Applies a policy that these operators signed for. */
async function apply(text: string, signers = ["olga", "otto"]) {
  const statement = formatStatement({
    action: "apply-policy",
    object: policyObject(readPolicy(text, world.policyFile)),
    ledger: (await status()).ledger,
    expiresMs: Date.now() + 3_600_000,
  });
  const signatures = world.operators.filter(({ name }) => signers.includes(name)).map(({ sign }) => sign(statement));
  return operator.request("POST", "/v1/policy", { policy: text, approval: { statement, signatures } });
}

const widen = (policy: Settings) => policy.clients[1].routes.push("one-to-two");
const ask = (client: PinnedClient, request = sampleRequest()) =>
  client.request("POST", "/v1/attestations", attestationToWire(request));

describe("GET /v1/policy", () => {
  it("shows operators and auditors which policy is in force", async () => {
    for (const name of ["olga", "otto", "auditor"]) {
      const { status: code, body } = await (await world.client(name)).request("GET", "/v1/policy");
      expect(code, name).toBe(200);
      const shown = check(policyAnswer, body, "body");
      expect(shown).toMatchObject({ version: 1, text: stringifyJson(world.policy, 2) });
      expect(shown).not.toHaveProperty("lastAttempt");
    }
  });

  it("is nobody else's business", async () => {
    const { status: code, body } = await (await world.client("chain-a")).request("GET", "/v1/policy");
    expect({ code, body }).toMatchObject({
      code: 403,
      body: {
        code: "denied",
        data: { rule: "client_rights", inputs: { client: "chain-a", needed: "operator or audit" } },
      },
    });
  });
});

describe("POST /v1/policy", () => {
  it("puts a policy into force that enough operators signed", async () => {
    const chainB = await world.client("chain-b");
    expect((await ask(chainB)).status).toBe(403);
    const text = textOf(2, widen);
    const { status: code, body } = await apply(text);
    expect(code).toBe(200);
    expect(check(appliedPolicyAnswer, body, "body")).toMatchObject({
      version: 2,
      operators: ["olga", "otto"],
      widened: [".clients.chain-b.routes: one-to-two is new"],
      narrowed: [],
    });
    expect(await status()).toMatchObject({ version: 2, text, lastAttempt: { version: 2 } });
    expect((await ask(chainB)).status).toBe(200);
    expect(await (await world.ops("/metrics")).text()).toContain("signer_policy_version 2");
  });

  it("stays in force through a restart, though the file is the old one", async () => {
    const text = textOf(2, widen);
    await apply(text);
    await world.start();
    operator = await world.client("otto");
    expect(await status()).toMatchObject({ version: 2, text });
    expect((await ask(await world.client("chain-b"))).status).toBe(200);
  });

  it.each<[string, () => string, string[], number, string]>([
    ["too few signatures", () => textOf(2, widen), ["olga"], 403, "approval_refused"],
    ["an older version", () => textOf(1, widen), ["olga", "otto"], 422, "policy_refused"],
    [
      "a policy that does not load",
      () => textOf(2, (policy) => Object.assign(policy.routes[0], { versions: ["x"] })),
      [],
      422,
      "policy_refused",
    ],
  ])(
    "refuses %s, keeps the one in force, and says so when it is asked",
    async (_what, makeText, signers, code, problem) => {
      const text = makeText();
      const answer =
        signers.length > 0
          ? await apply(text, signers)
          : await operator.request("POST", "/v1/policy", { policy: text });
      expect(answer).toMatchObject({ status: code, body: { code: problem } });
      expect(await status()).toMatchObject({ version: 1, lastAttempt: { error: { code: problem } } });
      expect((await ask(await world.client("chain-b"))).status).toBe(403);
      expect((await ask(await world.client("chain-a"))).status).toBe(200);
    },
  );

  it.each(["chain-a", "auditor"])("is not for clients: %s is denied, whatever it brings", async (name) => {
    const client = await world.client(name);
    expect(await client.request("POST", "/v1/policy", { policy: textOf(2, widen) })).toMatchObject({
      status: 403,
      body: { code: "denied", data: { inputs: { needed: "operator" } } },
    });
  });

  it("does not let operators do what clients do", async () => {
    expect(await ask(operator)).toMatchObject({
      status: 403,
      body: { code: "denied", data: { inputs: { operator: "olga", needed: "attest" } } },
    });
    expect((await operator.request("GET", "/v1/keys")).status).toBe(200);
  });
});

describe("a client that is removed", () => {
  const remove = (policy: Settings) => policy.clients.shift();

  it("has its open connections closed and gets in no more", async () => {
    const chainA = await world.client("chain-a");
    expect((await chainA.request("GET", "/v1/keys")).status).toBe(200);
    const lines = world.log.length;
    expect((await apply(textOf(2, remove), ["olga"])).status).toBe(200);
    expect(world.log.slice(lines).join("")).toContain('"connections":1');
    expect(await chainA.request("GET", "/v1/keys")).toMatchObject({ status: 403, body: { code: "client_refused" } });
    expect((await (await world.client("chain-b")).request("GET", "/v1/keys")).status).toBe(200);
  });

  it("has what it was about to ask for cut off, and nothing of it is reserved", async () => {
    const { certificate: cert, key, peerAuthority: ca } = await world.pki.clientIdentity("chain-a");
    const socket = connect({ host: "127.0.0.1", port: world.signer.ports.listen, cert, key, ca });
    const received: Buffer[] = [];
    const closed = new Promise((resolve) => socket.on("close", resolve));
    socket.on("error", () => {}).on("data", (chunk: Buffer) => received.push(chunk));
    const body = stringifyJson(attestationToWire(sampleRequest()));
    const head = `POST /v1/attestations HTTP/1.1\r\nhost: signer\r\ncontent-type: application/json\r\n`;
    socket.write(`${head}content-length: ${Buffer.byteLength(body)}\r\n\r\n${body.slice(0, -1)}`);
    await once(socket, "secureConnect");
    expect((await apply(textOf(2, remove), ["olga"])).status).toBe(200);
    socket.write(body.slice(-1));
    await closed;
    expect(Buffer.concat(received).toString()).toBe("");
    expect(world.keeper.digests).toEqual([]);
    expect(await (await world.ops("/metrics")).text()).toContain('signer_ledger_rows{state="signing"} 0');
  });

  it("gets no answer to what was reserved for it, and the ledger has it to its end", async () => {
    const asked = Promise.withResolvers<void>();
    const letGo = Promise.withResolvers<void>();
    world.keeper.misbehave(async (signed) => {
      asked.resolve();
      await letGo.promise;
      return signed;
    });
    const unanswered = ask(await world.client("chain-a")).catch((error: unknown) => error);
    await asked.promise;
    const text = textOf(2, (policy) => {
      remove(policy);
      widen({ clients: [{}, ...policy.clients] });
    });
    expect((await apply(text)).status).toBe(200);
    expect(await unanswered).toMatchObject({ code: "peer_unreachable" });
    letGo.resolve();
    await expect
      .poll(async () => (await world.ops("/metrics")).text())
      .toContain('signer_ledger_rows{state="signed"} 1');
    world.keeper.misbehave(undefined);
    expect((await ask(await world.client("chain-b"))).status).toBe(200);
    expect(world.keeper.digests).toHaveLength(1);
  });
});

describe("a client whose key is rotated", () => {
  it("has two keys for a while, and the old one is worth nothing when it is left out", async () => {
    const next = await world.pki.clientIdentity("chain-a-next");
    const both = (policy: Settings) => policy.clients[0].pins.push(next.pin);
    expect((await apply(textOf(2, both))).status).toBe(200);
    const [old, young] = [await world.client("chain-a"), await world.client(next)];
    const answers = [await ask(old), await ask(young)];
    expect(answers[0]?.status).toBe(200);
    expect(answers[1], "it is one client").toEqual(answers[0]);

    expect(
      (
        await apply(
          textOf(3, (policy) => Object.assign(policy.clients[0], { pins: [next.pin] })),
          ["otto"],
        )
      ).status,
    ).toBe(200);
    expect(await old.request("GET", "/v1/keys")).toMatchObject({ status: 403, body: { code: "client_refused" } });
    expect((await young.request("GET", "/v1/keys")).status).toBe(200);
  });

  it("needs no other policy and no restart for a new certificate with the same key", async () => {
    const request = sampleRequest();
    const before = await ask(await world.client("chain-a"), request);
    const { authority, folder } = world.pki.files;
    const files = await issueCertificate({
      authority,
      role: "client",
      commonName: "chain-a",
      days: 7,
      folder,
      renew: true,
    });
    const renewed = {
      ...(await world.pki.clientIdentity("chain-a")),
      certificate: readFileSync(files.certificateFile, "utf8"),
    };
    expect(await ask(await world.client(renewed), request)).toEqual(before);
  });

  it("may not be given a third one", async () => {
    const pins = ["x", "y", "z"].map((letter) => `sha256/${letter.repeat(43)}=`);
    const text = textOf(2, (policy) => Object.assign(policy.clients[0], { pins }));
    expect(await operator.request("POST", "/v1/policy", { policy: text })).toMatchObject({ status: 422 });
  });
});

it("an operator who is removed is no operator from then on, on connections that are open too", async () => {
  const otto = await world.client("otto");
  expect((await otto.request("GET", "/v1/policy")).status).toBe(200);
  const heir = await world.pki.clientIdentity("heir");
  const text = textOf(2, (policy) => {
    policy.operators[1] = clientOperator(policy.operators[1], heir.pin);
  });
  expect((await apply(text)).status).toBe(200);
  expect(await otto.request("GET", "/v1/policy")).toMatchObject({ status: 403, body: { code: "client_refused" } });
  expect((await (await world.client(heir)).request("GET", "/v1/policy")).status).toBe(200);
});

function clientOperator(operatorSettings: Settings, pin: string): Settings {
  return { ...operatorSettings, name: "heir", certificatePins: [pin] };
}

it("a client that is added is let in at once", async () => {
  const newcomer = await world.pki.clientIdentity("newcomer");
  expect((await (await world.client(newcomer)).request("GET", "/v1/keys")).status).toBe(403);
  const text = textOf(2, (policy) => policy.clients.push(clientSettings("newcomer", newcomer, ["one-to-two"])));
  expect((await apply(text)).status).toBe(200);
  expect((await ask(await world.client(newcomer))).status).toBe(200);
});

it("a signer whose policy file is gone does not start", async () => {
  rmSync(world.policyFile);
  await expect(world.start()).rejects.toMatchObject({ code: "config_invalid", data: { file: world.policyFile } });
});
