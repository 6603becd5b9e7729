import { Agent, request as httpsRequest } from "node:https";
import fc from "fast-check";
import { expect } from "vitest";
import { digestScheme } from "../../../shared/digest/index.ts";
import { parseJson, stringifyJson } from "../../../shared/json/index.ts";
import { check } from "../../../shared/schema/index.ts";
import type { TlsIdentity } from "../../../shared/tls/index.ts";
import { attestationRequestSchema, attestationToWire } from "../../../shared/wire/index.ts";
import { assertAlways } from "../../support/assertAlways.ts";
import { createSignerWorld, type SignerWorld } from "../../support/signerWorld.ts";
import { spoiltJson, spoiltText } from "../../support/spoilt.ts";
import { sampleRequest } from "../samples.ts";

interface Sent {
  readonly method: string;
  readonly path: string;
  readonly body: string;
}

interface Answered {
  readonly status: number;
  readonly body: string;
}

/** A running signer, and a client and an operator that send it whatever they like. */
export interface FuzzedSigner {
  readonly world: SignerWorld;
  send(by: "client" | "operator", sent: Sent): Promise<Answered>;
  /** Codes that the signer's own description has for an answer of this status. */
  documented(sent: Sent, status: number): readonly string[];
  close(): Promise<void>;
}

export async function createFuzzedSigner(): Promise<FuzzedSigner> {
  const world = await createSignerWorld({
    changePolicy: (policy) => {
      for (const client of policy.clients) client.rate = { perSecond: 100_000, burst: 100_000 };
    },
  });
  await world.start();
  const { port } = { port: world.signer.ports.listen };
  const agents = {
    client: agentOf(await world.pki.clientIdentity("chain-a")),
    operator: agentOf(await world.pki.clientIdentity("olga")),
  };
  const send: FuzzedSigner["send"] = (by, sent) => exchange(agents[by], port, sent);
  const description = JSON.parse((await send("client", { method: "GET", path: "/openapi.json", body: "" })).body);
  return {
    world,
    send,
    documented({ method, path }, status) {
      const operation = description.paths[path][method.toLowerCase()];
      const problem = operation.responses[status]?.content["application/problem+json"]?.schema;
      return problem?.allOf[1].properties.code.enum ?? [];
    },
    async close() {
      for (const agent of Object.values(agents)) agent.destroy();
      await world.close();
    },
  };
}

function agentOf({ certificate: cert, key, peerAuthority: ca }: TlsIdentity): Agent {
  return new Agent({ keepAlive: true, cert, key, ca });
}

function exchange(agent: Agent, port: number, { method, path, body }: Sent): Promise<Answered> {
  const { promise, resolve, reject } = Promise.withResolvers<Answered>();
  const headers = body === "" ? {} : { "content-type": "application/json", "content-length": Buffer.byteLength(body) };
  const outgoing = httpsRequest({ agent, host: "127.0.0.1", port, method, path, headers }, (incoming) => {
    const chunks: Buffer[] = [];
    incoming.on("data", (chunk: Buffer) => chunks.push(chunk));
    incoming.on("error", reject);
    incoming.on("end", () => resolve({ status: incoming.statusCode ?? 0, body: Buffer.concat(chunks).toString() }));
  });
  outgoing.on("error", reject);
  outgoing.end(body);
  return promise;
}

/** Whatever is sent, the answer is a good one or a documented refusal, and nothing unexpected is in the log. */
async function expectDocumented(signer: FuzzedSigner, by: "client" | "operator", sent: Sent): Promise<Answered> {
  const answered = await signer.send(by, sent);
  if (answered.status >= 400) {
    expect(signer.documented(sent, answered.status)).toContain(JSON.parse(answered.body).code);
    expect(answered.status).not.toBe(500);
  } else {
    expect([200, 202]).toContain(answered.status);
  }
  expect(signer.world.log.join("")).not.toContain("an unexpected fault");
  return answered;
}

/** What is attested is what was asked for, read once more. */
function expectAttested(body: string, { body: answer }: Answered): void {
  const { packet, verdict } = check(attestationRequestSchema, parseJson(body), "body");
  const { digest } = digestScheme("verulink-evm").digestOf(packet, verdict.result);
  expect(JSON.parse(answer).attestation.digest).toBe(digest);
}

const wireRequest = (sequence: bigint) =>
  parseJson(stringifyJson(attestationToWire(sampleRequest({ sequence })))) as Record<string, unknown>;

const spoilt = (value: unknown) =>
  fc.oneof({ weight: 3, arbitrary: spoiltJson(value) }, { weight: 1, arbitrary: spoiltText(stringifyJson(value)) });

export async function fuzzAttestations(signer: FuzzedSigner, runs: number): Promise<void> {
  let sequence = 0n;
  const request = fc.constant(undefined).chain(() => spoilt(wireRequest(BigInt(++sequence))));
  const property = fc.asyncProperty(request, async (body) => {
    const sent = { method: "POST", path: "/v1/attestations", body };
    const answered = await expectDocumented(signer, "client", sent);
    if (answered.status === 200 && JSON.parse(answered.body).outcome === "approved") expectAttested(body, answered);
  });
  await assertAlways("requests for attestations", property, runs);
}

export async function fuzzBatches(signer: FuzzedSigner, runs: number): Promise<void> {
  const batch = { requests: [100_001n, 100_002n, 100_003n].map(wireRequest) };
  const property = fc.asyncProperty(spoilt(batch), async (body) => {
    const answered = await expectDocumented(signer, "client", { method: "POST", path: "/v1/attestations/batch", body });
    if (answered.status !== 200) return;
    const { answers } = JSON.parse(answered.body) as { answers: { status: number; body: { code?: string } }[] };
    const asked = (parseJson(body) as { requests: unknown[] }).requests;
    expect(answers).toHaveLength(asked.length);
    const alone = { method: "POST", path: "/v1/attestations", body: "" };
    for (const { status, body: item } of answers.filter(({ status }) => status >= 400)) {
      expect(signer.documented(alone, status)).toContain(item.code);
    }
  });
  await assertAlways("batches", property, runs);
}

export async function fuzzNewest(signer: FuzzedSigner, runs: number): Promise<void> {
  const shown = {
    routes: [
      { route: { deployment: "local", source: "1", destination: "2" }, newest: null },
      { route: { deployment: "local", source: "2", destination: "1" }, newest: null },
    ],
  };
  const property = fc.asyncProperty(spoilt(shown), async (body) => {
    await expectDocumented(signer, "client", { method: "PUT", path: "/v1/clients/self/newest", body });
  });
  await assertAlways("what a client shows", property, runs);
}

export async function fuzzOperatorRequests(signer: FuzzedSigner, runs: number): Promise<void> {
  const bodies: [string, unknown][] = [
    ["/v1/policy", { policy: stringifyJson(signer.world.policy), approval: { statement: "a", signatures: ["b"] } }],
    ["/v1/pauses", { route: "one-to-two", note: "a note" }],
  ];
  const property = fc.asyncProperty(
    fc.oneof(...bodies.map(([path, value]) => spoilt(value).map((body) => ({ method: "POST", path, body })))),
    async (sent) => {
      await expectDocumented(signer, "operator", sent);
    },
  );
  await assertAlways("operators' requests", property, runs);
}
