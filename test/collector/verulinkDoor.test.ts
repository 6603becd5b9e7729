import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Packet } from "../../shared/packet/index.ts";
import { attestor, digestOf, signatureOf, submission, verulinkPost } from "./attestors.ts";
import { type CollectorUnderTest, clientName, startCollectorUnderTest } from "./collectorUnderTest.ts";
import { aleoChain, evmChain, packet } from "./packets.ts";

let collector: CollectorUnderTest;
beforeAll(async () => {
  collector = await startCollectorUnderTest();
});
afterAll(() => collector.close());

const door = "/verulink/signature";
let lastSequence = 0;

function fresh(): Packet {
  lastSequence += 1;
  return packet(lastSequence);
}

function readBack({ sequence }: Packet) {
  return collector.read(`/v1/packets/${aleoChain}/${evmChain}/${sequence}`);
}

/** Makes a packet known by a full attestation of attestor 1. */
function makeKnown(sent: Packet) {
  return collector.postAs(1, "/v1/attestations", submission(sent, "white", attestor(1)));
}

describe("Verulink's paths", () => {
  it("say that the service is alive", async () => {
    const client = await collector.pki.clientIdentity(clientName(0));
    expect(await collector.send(client, { path: "/verulink" })).toMatchObject({ status: 200 });
  });

  it("ask for no packet where the council asked for none", async () => {
    const client = await collector.pki.clientIdentity(clientName(0));
    const target = `/verulink/unconfirmed?address=${attestor(0).address}&limit=20`;
    expect(await collector.send(client, { path: target })).toMatchObject({
      status: 200,
      body: { data: [], message: expect.any(String) },
    });
  });
});

describe("a digest-only post", () => {
  it("waits unseen until its packet is known, and is then a vote like any other", async () => {
    const sent = fresh();
    expect(await collector.postAs(0, door, verulinkPost(sent, "white", attestor(0)))).toMatchObject({
      status: 201,
      body: { message: "Signature stored" },
    });
    expect((await readBack(sent)).status).toBe(404);

    await makeKnown(sent);
    const { body } = await readBack(sent);
    expect(body).toMatchObject({ status: "quorum", verdict: "white", quorum: { required: 2, white: 2, flagged: 0 } });
    expect(body.attestations[0]).toMatchObject({
      signer: attestor(0).address,
      signature: signatureOf(sent, "white", attestor(0)),
      digest: digestOf(sent, "white"),
      verdict: { result: "white", source: null, version: null, screenedAt: null },
      assurance: "claimed",
      custody: null,
      sources: null,
    });
  });

  it("attaches at once where the packet is known, as the verdict that its digest stands for", async () => {
    const sent = fresh();
    await makeKnown(sent);
    await collector.postAs(0, door, verulinkPost(sent, "flagged", attestor(0)));
    const { body } = await readBack(sent);
    expect(body).toMatchObject({ status: "collecting", verdict: null, quorum: { white: 1, flagged: 1, other: 0 } });
    expect(body.attestations[0]).toMatchObject({ signer: attestor(0).address, verdict: { result: "flagged" } });
  });

  it("answers `Duplicate packet` when it was there already, also in answer to a missed-packet request", async () => {
    const sent = fresh();
    await collector.postAs(0, door, verulinkPost(sent, "white", attestor(0)));
    for (const target of [door, `${door}?unconfirmed=true`]) {
      expect(await collector.postAs(0, target, verulinkPost(sent, "white", attestor(0)))).toMatchObject({
        status: 201,
        body: { message: "Duplicate packet" },
      });
    }
  });

  it("answers `Duplicate packet` when the whole attestation was there already", async () => {
    const sent = fresh();
    await makeKnown(sent);
    const answer = await collector.postAs(1, door, verulinkPost(sent, "white", attestor(1)));
    expect(answer).toMatchObject({ status: 201, body: { message: "Duplicate packet" } });
  });

  it("is completed by the whole attestation that comes later", async () => {
    const sent = fresh();
    await collector.postAs(1, door, verulinkPost(sent, "white", attestor(1)));
    expect((await makeKnown(sent)).status).toBe(201);
    expect((await makeKnown(sent)).status).toBe(200);
    expect((await readBack(sent)).body.attestations).toMatchObject([{ custody: "hsm", sources: "2-of-3" }]);
  });

  it("counts against the packet when its digest is of no known content", async () => {
    const sent = fresh();
    await makeKnown(sent);
    await collector.postAs(0, door, verulinkPost({ ...sent, height: 7n }, "white", attestor(0)));
    const { body } = await readBack(sent);
    expect(body).toMatchObject({ status: "collecting", quorum: { white: 1, flagged: 0, other: 1 } });
    expect(body.attestations).toHaveLength(1);
  });

  it("gets 409 when it contradicts an earlier one", async () => {
    const sent = fresh();
    await collector.postAs(0, door, verulinkPost(sent, "white", attestor(0)));
    expect(await collector.postAs(0, door, verulinkPost(sent, "flagged", attestor(0)))).toMatchObject({
      status: 409,
      body: { code: "conflict" },
    });
  });

  it("takes the attestor's address in any spelling that is one", async () => {
    const sent = fresh();
    const post = verulinkPost(sent, "white", attestor(0), { attestorSigner: attestor(0).address.toLowerCase() });
    expect((await collector.postAs(0, door, post)).status).toBe(201);
  });

  it("takes sequences beyond 2^53 without rounding", async () => {
    const sent = packet(2n ** 64n - 1n);
    const post = JSON.stringify(verulinkPost(sent, "white", attestor(0), { sequence: "SEQUENCE" }));
    expect((await collector.postAs(0, door, post.replace('"SEQUENCE"', `${sent.sequence}`))).status).toBe(201);
    await makeKnown(sent);
    expect((await readBack(sent)).body.status).toBe("quorum");
  });
});

describe("a digest-only post that does not hold", () => {
  const refused: [string, number, Record<string, unknown>, number, Record<string, unknown>][] = [
    [
      "another attestor's signature",
      0,
      verulinkPost(packet(1000), "white", attestor(0), { signature: signatureOf(packet(1000), "white", attestor(1)) }),
      400,
      { code: "invalid_field", data: { field: "signature" } },
    ],
    [
      "a signature over another digest",
      0,
      verulinkPost(packet(1000), "white", attestor(0), { packetHash: digestOf(packet(1000), "flagged") }),
      400,
      { code: "invalid_field", data: { field: "signature" } },
    ],
    [
      "an attestor for which the client may not write",
      0,
      verulinkPost(packet(1000), "white", attestor(1)),
      403,
      { code: "denied", data: { rule: "write-right" } },
    ],
    [
      "a route that the attestor does not serve",
      0,
      verulinkPost(packet(1000), "white", attestor(0), { sourceChainId: "5" }),
      403,
      { code: "denied", data: { rule: "attestor" } },
    ],
    [
      "an attestor that is no address",
      0,
      verulinkPost(packet(1000), "white", attestor(0), { attestorSigner: "0x12" }),
      400,
      { code: "invalid_field", data: { field: "attestorSigner" } },
    ],
    [
      "a chain id that is no integer",
      0,
      verulinkPost(packet(1000), "white", attestor(0), { sourceChainId: "1e3" }),
      400,
      { code: "invalid_field", data: { field: "sourceChainId" } },
    ],
    [
      "an unknown field",
      0,
      verulinkPost(packet(1000), "white", attestor(0), { deployment: "alpha" }),
      400,
      { code: "invalid_field", data: { field: "deployment" } },
    ],
  ];
  it.each(refused)("is refused: %s", async (_what, client, body, status, problem) => {
    expect(await collector.postAs(client, door, body)).toMatchObject({ status, body: problem });
  });

  it("leaves nothing behind", async () => {
    await makeKnown(packet(1000));
    expect((await readBack(packet(1000))).body.quorum).toMatchObject({ white: 1, flagged: 0, other: 0 });
  });
});
