import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createCollectorClient } from "../../chain/delivery/collectorClient.ts";
import type { Packet } from "../../shared/packet/index.ts";
import { createPinnedClient } from "../../shared/tls/index.ts";
import { attestor, submission, verulinkPost } from "./attestors.ts";
import { type CollectorUnderTest, clientName, startCollectorUnderTest } from "./collectorUnderTest.ts";
import { aleoChain, evmChain, packet } from "./packets.ts";

let collector: CollectorUnderTest;
beforeAll(async () => {
  collector = await startCollectorUnderTest();
});
afterAll(() => collector.close());

let lastSequence = 0;
function fresh(): Packet {
  lastSequence += 1;
  return packet(lastSequence);
}
const about = ({ sequence }: Packet, more: object = {}) => ({
  deployment: "alpha",
  source: `${aleoChain}`,
  destination: `${evmChain}`,
  sequence: `${sequence}`,
  ...more,
});
const ask = async (client: string, body: unknown) =>
  collector.send(await collector.pki.clientIdentity(client), { method: "POST", path: "/v1/requests", body });
const askedOf = async (index: number, client = index) => {
  const path = `/v1/requests?attestor=${attestor(index).address}&limit=100`;
  const { status, body } = await collector.send(await collector.pki.clientIdentity(clientName(client)), { path });
  return status === 200 ? body.requests.map(({ sequence }) => sequence) : status;
};

/** Asks for seven packets, which nobody has. */
async function manyAsked(): Promise<string[]> {
  const own = Array.from({ length: 7 }, (_, n) => 5_000 + n);
  for (const sequence of own) await ask("council", about(packet(sequence)));
  return own.map(String);
}

describe("a request for a missed packet", () => {
  it("of the council reaches every attestor of the route, until each has signed", async () => {
    const missed = fresh();
    expect(await ask("council", about(missed, { height: "77" }))).toMatchObject({ status: 201 });
    expect(await ask("council", about(missed))).toMatchObject({ status: 200 });
    for (const index of [0, 1, 2]) expect(await askedOf(index)).toContain(`${missed.sequence}`);
    expect(await askedOf(3)).toEqual([]);

    await collector.postAs(0, "/v1/attestations", submission(missed, "white", attestor(0)));
    await collector.postAs(1, "/verulink/signature?unconfirmed=true", verulinkPost(missed, "white", attestor(1)));
    expect(await askedOf(0)).toEqual([]);
    expect(await askedOf(1)).toEqual([]);
    expect(await askedOf(2)).toEqual([`${missed.sequence}`]);
    await collector.restart();
    expect(await askedOf(2)).toEqual([`${missed.sequence}`]);
  });

  it("reads as Verulink's attestors expect it, with numbers to the last digit", async () => {
    await ask("council", about(packet(2n ** 64n - 1n), { height: "9", transactionHash: `0x${"ab".repeat(32)}` }));
    const path = `/verulink/unconfirmed?address=${attestor(2).address}&limit=20`;
    const { body } = await collector.send(await collector.pki.clientIdentity(clientName(2)), { path });
    expect(body.data).toContainEqual({
      destChainId: `${evmChain}`,
      sourceChainId: `${aleoChain}`,
      sequence: Number(2n ** 64n - 1n),
      height: 9,
      transactionHash: `0x${"ab".repeat(32)}`,
    });
  });

  it("is heard though others came before that nobody can answer: turn by turn where clients know no pages", async () => {
    const own = await manyAsked();
    const heard = new Set<string>();
    for (let turn = 0; turn < own.length; turn += 1) {
      const path = `/verulink/unconfirmed?address=${attestor(2).address}&limit=3`;
      const { data } = (await collector.send(await collector.pki.clientIdentity(clientName(2)), { path })).body;
      expect(data).toHaveLength(3);
      for (const asked of data) heard.add(`${(asked as { sequence: number }).sequence}`);
    }
    expect([...heard]).toEqual(expect.arrayContaining(own));
  });

  it("is on a page behind those that came before, each on one page", async () => {
    const own = await manyAsked();
    const paged: string[] = [];
    for (let after: string | null = "0"; after !== null; ) {
      const path = `/v1/requests?attestor=${attestor(2).address}&limit=3&after=${after}`;
      const { status, body } = await collector.send(await collector.pki.clientIdentity(clientName(2)), { path });
      expect(status).toBe(200);
      paged.push(...body.requests.map(({ sequence }) => sequence));
      after = body.next;
    }
    expect(paged).toEqual(await askedOf(2));
    expect(paged).toEqual(expect.arrayContaining(own));
  });

  it("stays when a signature does not verify", async () => {
    const missed = fresh();
    await ask("council", about(missed));
    const forged = submission(missed, "white", attestor(1));
    expect((await collector.postAs(0, "/v1/attestations", forged)).status).not.toBe(201);
    expect(await askedOf(0)).toContain(`${missed.sequence}`);
  });

  it.each<[string, string, object, number]>([
    ["an attestor", clientName(0), {}, 403],
    ["the council about no route", "council", { deployment: "gamma" }, 404],
    ["the council with a sequence that is none", "council", { sequence: "-1" }, 400],
    ["the council with a hint that is none", "council", { height: "soon" }, 400],
  ])("by %s is refused", async (_who, client, more, status) => {
    expect(await ask(client, about(fresh(), more))).toMatchObject({ status });
  });

  it("is shown to nobody but the attestor's own client", async () => {
    expect(await askedOf(0, 1)).toBe(403);
  });

  it("lets the council do nothing else", async () => {
    const council = await collector.pki.clientIdentity("council");
    const body = submission(fresh(), "white", attestor(0));
    expect(await collector.send(council, { method: "POST", path: "/v1/attestations", body })).toMatchObject({
      status: 403,
    });
  });

  it("is heard by our chain-service behind more than one page of others", async () => {
    const { pki } = collector;
    const identity = await pki.clientIdentity(clientName(2));
    const connection = createPinnedClient({
      peer: "collector",
      baseUrl: `https://127.0.0.1:${collector.running().ports.attestors}`,
      identity,
      pin: pki.serverIdentity.pin,
      timeoutMs: 20_000,
    });
    const asked = Array.from({ length: 120 }, (_, n) => 7_000n + BigInt(n));
    for (const sequence of asked) await ask("council", about(packet(sequence)));
    const client = createCollectorClient("main", connection);
    const heard = (await client.requests(attestor(2).address)).map(({ sequence }) => sequence);
    expect(heard).toEqual(expect.arrayContaining(asked));
    expect(new Set(heard).size).toBe(heard.length);
    client.close();
  });
});
