import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { digestScheme } from "../../../shared/digest/index.ts";
import { signerOf } from "../../../shared/ecdsa/index.ts";
import { type Packet, packetToVerulinkWire } from "../../../shared/packet/index.ts";
import { attestationToWire } from "../../../shared/wire/index.ts";
import { clientSettings, createSignerWorld, type SignerWorld } from "../../support/signerWorld.ts";
import { startTlsProxy, type TlsProxy } from "../../support/tlsProxy.ts";
import { goGet, goPost, type PlainAnswer, plainConnection, verulinkBody } from "../../support/verulinkClient.ts";
import { aleoPacket, aleoRequest, aleoRoute, aleoScheme } from "../aleoSamples.ts";
import { addresses, samplePacket } from "../samples.ts";

/** An amount and a height that a JavaScript number would change. */
const amount = 340_282_366_920_938_463_463_374_607_431_768_211_454n;
const height = 18_446_744_073_709_551_614n;

let world: SignerWorld;
let proxy: TlsProxy;
let sequence = 0n;

beforeAll(async () => {
  world = await createSignerWorld({
    async changePolicy(policy, pki) {
      const verulink = clientSettings("verulink", await pki.clientIdentity("verulink"), ["one-to-two"]);
      policy.clients.push({ ...verulink, operations: ["verulink"] });
      policy.routes[0].tokens = [{ source: addresses.sourceService, destination: addresses.token }];
      policy.routes[0].limits = { maximumJump: "1000" };
    },
  });
  await world.start();
  proxy = await startTlsProxy(world.signer.ports.listen, await world.pki.clientIdentity("verulink"));
});
afterAll(async () => {
  await proxy.close();
  await world.close();
});

function nextPacket() {
  sequence += 1n;
  return samplePacket({ sequence, height, message: { amount } });
}

/** One request through the proxy, on a connection of its own. */
async function sent(request: string): Promise<PlainAnswer> {
  const connection = plainConnection(proxy.port);
  try {
    const answer = await connection.exchange(request);
    if (!answer) throw new Error(`no answer; the proxy says:\n${proxy.log.join("\n")}`);
    return answer;
  } finally {
    connection.close();
  }
}

const sign = (packet = nextPacket(), isWhite = true, headers: readonly string[] = []) =>
  sent(goPost(proxy.port, verulinkBody(packet, isWhite), headers));

describe("an unmodified Verulink client, which speaks plain HTTP to a real stunnel with the sample configuration", () => {
  it("sends what Verulink's sends, byte for byte", () => {
    const body = verulinkBody(samplePacket({ height, message: { amount } }), true);
    expect(body).toBe(
      `{"packet":{"version":1,"source":{"chain_id":1,"address":"${addresses.sourceService}"},` +
        `"destination":{"chain_id":2,"address":"${addresses.destinationService}"},"sequence":7,` +
        `"message":{"dest_token_address":"${addresses.token}","sender_address":"${addresses.sender}",` +
        `"amount":${amount},"receiver_address":"${addresses.receiver}"},"height":${height}},"is_white":true}`,
    );
    expect(goPost(8080, "{}")).toBe(
      "POST /sign HTTP/1.1\r\nHost: 127.0.0.1:8080\r\nUser-Agent: Go-http-client/1.1\r\nContent-Length: 2\r\n" +
        "Authorization: Basic dXNlcm5hbWU6cGFzc3dvcmQ=\r\nAccept-Encoding: gzip\r\n\r\n{}",
    );
  });

  it("starts, because an empty request is answered 4xx, and finds the service healthy", async () => {
    const { status } = await sent(goPost(proxy.port));
    expect(status).toBeGreaterThanOrEqual(400);
    expect(status).toBeLessThan(500);
    expect(await sent(goGet(proxy.port))).toMatchObject({ status: 200, body: "OK" });
  });

  it.each([
    ["white", true],
    ["flagged", false],
  ] as const)("gets hash and signature of a %s packet, and nothing else, as texts", async (verdict, isWhite) => {
    const packet = nextPacket();
    const { status, body } = await sign(packet, isWhite);
    expect(status).toBe(200);
    const answer = JSON.parse(body);
    expect(Object.keys(answer).sort()).toEqual(["hash", "signature"]);
    const { digest } = digestScheme("verulink-evm").digestOf(packet, verdict);
    expect(answer.hash).toBe(digest);
    const keys = await (await world.client()).request("GET", "/v1/keys");
    const [, key] = (keys.body as { keys: { address: string }[] }).keys;
    expect(signerOf(answer.signature, digest)).toBe(key?.address);
  });

  it("gets the same again, and one HSM call is made", async () => {
    const packet = nextPacket();
    const calls = world.keeper.digests.length;
    const [first, second] = [await sign(packet), await sign(packet)];
    expect(second.body).toBe(first.body);
    expect(world.keeper.digests).toHaveLength(calls + 1);
  });

  it("uses one connection for many requests", async () => {
    const connection = plainConnection(proxy.port);
    for (let times = 0; times < 5; times += 1) {
      const answer = await connection.exchange(goPost(proxy.port, verulinkBody(nextPacket(), true)));
      expect(answer?.status).toBe(200);
    }
    connection.close();
  });

  it.each([
    "application/json",
    "text/plain; charset=utf-8",
    "application/x-www-form-urlencoded",
    "application/octet-stream",
  ])("is understood with content type %s too", async (type) => {
    expect((await sign(nextPacket(), true, [`Content-Type: ${type}`])).status).toBe(200);
  });

  it("is told of everything but a signature by another status than 200", async () => {
    const signed = nextPacket();
    await sign(signed);
    const codeOf = ({ status, body }: PlainAnswer) => [status, JSON.parse(body).code ?? JSON.parse(body).outcome];
    expect(codeOf(await sign(signed, false))).toEqual([403, "verdict_already_given"]);
    expect(codeOf(await sign({ ...signed, height: 1n }))).toEqual([403, "equivocation"]);
    const elsewhere = { ...nextPacket(), destination: { chainId: 3n, address: addresses.destinationService } };
    expect(codeOf(await sign(elsewhere))).toEqual([403, "denied"]);
    const held = await sign(samplePacket({ sequence: 5_000n }));
    expect(codeOf(held)).toEqual([202, "held"]);
    expect(Number(held.headers.get("retry-after"))).toBeGreaterThan(0);
    expect(held.body).not.toContain("signature");
    world.keeper.misbehave(() => Promise.reject(new Error("down")));
    expect(codeOf(await sign())).toEqual([503, "failed"]);
    world.keeper.misbehave(undefined);
    expect(codeOf(await sent(goPost(proxy.port, '{"packet":{},"is_white":1}')))).toEqual([400, "invalid_field"]);
    expect(codeOf(await sent(goPost(proxy.port, '{"packet":')))).toEqual([400, "malformed_json"]);
  });

  it("is recorded with what its format does not say as unsaid", async () => {
    const packet = nextPacket();
    await sign(packet);
    const { body } = await (await world.client()).request("GET", `/v1/attestations/1/2/${packet.sequence}`);
    expect(body).toMatchObject({
      attestation: {
        deployment: "local",
        verdict: { result: "white", source: "verulink", version: "unstated" },
        sources: "single",
        assurance: "claimed",
      },
    });
  });
});

describe("the doors for Verulink", () => {
  it("refuse a route to Aleo that an ECDSA key signs, which Verulink has no form for, and reserve nothing", async () => {
    const other = await createSignerWorld({
      change: (settings) => Object.assign(settings.keys[1], { scheme: aleoScheme }),
      async changePolicy(policy, pki) {
        const { destination } = aleoRoute();
        Object.assign(policy.routes[0], { scheme: aleoScheme, destination: { ...destination, chainId: 2 } });
        const verulink = clientSettings("verulink", await pki.clientIdentity("verulink"), ["one-to-two"]);
        policy.clients.push({ ...verulink, schemes: [aleoScheme], operations: ["verulink"] });
        policy.clients[0].schemes.push(aleoScheme);
      },
    });
    try {
      await other.start();
      const ask = (packet: Packet) => ({ packet: packetToVerulinkWire(packet), is_white: true });
      const refused = await (await other.client("verulink")).request("POST", "/sign", ask(aleoPacket()));
      expect(refused).toMatchObject({
        status: 403,
        body: { code: "denied", data: { rule: "verulink-form", inputs: { route: "one-to-two", scheme: aleoScheme } } },
      });
      expect(other.keeper.digests).toEqual([]);
      const request = attestationToWire(aleoRequest({ height: 2n })); // other content under the same number
      const taken = await (await other.client("chain-a")).request("POST", "/v1/attestations", request);
      expect(taken).toMatchObject({ status: 200, body: { attestation: { scheme: aleoScheme } } });
    } finally {
      await other.close();
    }
  });

  it("are for clients with operation verulink, who have no other", async () => {
    const attester = await world.client("chain-a");
    expect(await attester.request("GET", "/health")).toMatchObject({ status: 403, body: { code: "denied" } });
    expect(await attester.request("POST", "/sign", {})).toMatchObject({ status: 403, body: { code: "denied" } });
    const verulink = await world.client("verulink");
    expect((await verulink.request("POST", "/v1/attestations", {})).status).toBe(403);
    expect((await verulink.request("GET", "/v1/attestations/1/2/1")).status).toBe(403);
  });

  it("are closed to a proxy whose key is not pinned, or that another authority certified", async () => {
    for (const identity of [await world.pki.otherAuthority(), await world.pki.expired()]) {
      const stranger = await startTlsProxy(world.signer.ports.listen, identity);
      const connection = plainConnection(stranger.port);
      const answer = await connection.exchange(goGet(stranger.port));
      expect(answer?.status ?? "closed").not.toBe(200);
      connection.close();
      await stranger.close();
    }
  });

  it("are not looked for by the proxy behind another certificate", async () => {
    const other = await createSignerWorld();
    await other.start();
    // the other signer's certificate is from another authority
    const proxied = await startTlsProxy(other.signer.ports.listen, await world.pki.clientIdentity("verulink"));
    const connection = plainConnection(proxied.port);
    expect(await connection.exchange(goGet(proxied.port))).toBeUndefined();
    expect(proxied.log.join("\n")).toMatch(/verif/i);
    connection.close();
    await proxied.close();
    await other.close();
  });
});
