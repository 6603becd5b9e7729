import { createRequire } from "node:module";
import { getBytes } from "ethers";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Packet } from "../../shared/packet/index.ts";
import { attestor, digestOf, packetHashOf, signatureOf, submission } from "./attestors.ts";
import { type CollectorUnderTest, clientName, startCollectorUnderTest } from "./collectorUnderTest.ts";
import { aleoChain, evmChain, packet, someone } from "./packets.ts";

let collector: CollectorUnderTest;
beforeAll(async () => {
  collector = await startCollectorUnderTest();
});
afterAll(() => collector.close());

const door = "/v1/attestations";
let lastSequence = 0;

/** A packet that no test has used before. */
function fresh(changes: Partial<Packet> = {}): Packet {
  lastSequence += 1;
  return packet(lastSequence, changes);
}

function readBack({ sequence }: Packet) {
  return collector.read(`/v1/packets/${aleoChain}/${evmChain}/${sequence}?deployment=alpha`);
}

describe("reading back", () => {
  const seenBy = async (client: number, { sequence }: Packet, by: number, deployment = "alpha") => {
    const query = new URLSearchParams({ deployment, attestor: attestor(by).address });
    const path = `${door}/${aleoChain}/${evmChain}/${sequence}?${query}`;
    return collector.send(await collector.pki.clientIdentity(clientName(client)), { path });
  };

  it("shows an attestor what is stored of its own, and nothing before", async () => {
    const sent = fresh();
    expect((await seenBy(0, sent, 0)).status).toBe(404);
    const handedIn = submission(sent, "white", attestor(0));
    await collector.postAs(0, door, handedIn);
    expect(await seenBy(0, sent, 0)).toMatchObject({
      status: 200,
      body: { digest: digestOf(sent, "white"), signature: handedIn.signature },
    });
    expect((await seenBy(0, sent, 0, "beta")).status).toBe(404);
  });

  it("shows nobody another attestor's", async () => {
    expect(await seenBy(1, fresh(), 0)).toMatchObject({ status: 403 });
  });

  it("names the store the same over restarts, at both doors", async () => {
    const identity = await collector.pki.clientIdentity(clientName(0));
    const names = async () =>
      Promise.all(["/v1/store", "/verulink"].map(async (path) => (await collector.send(identity, { path })).body));
    const before = await names();
    expect(before[0]).toMatchObject({ instance: expect.stringMatching(/^[0-9a-f]{32}$/) });
    expect(before[1]).toMatchObject(before[0] ?? {});
    await collector.restart();
    expect(await names()).toEqual(before);
  });
});

describe("handing in an attestation", () => {
  it("stores it and answers 201", async () => {
    const sent = fresh();
    expect(await collector.postAs(0, door, submission(sent, "white", attestor(0)))).toMatchObject({
      status: 201,
      body: { stored: true },
    });
    expect((await readBack(sent)).body.attestations).toEqual([
      {
        ...submission(sent, "white", attestor(0)),
        scheme: "verulink-evm",
        packetHash: packetHashOf(sent),
        digest: digestOf(sent, "white"),
        signer: attestor(0).address,
      },
    ]);
  });

  it("answers 200 when it has it already, however often it comes", async () => {
    const sent = fresh();
    await collector.postAs(0, door, submission(sent, "white", attestor(0)));
    for (let again = 0; again < 3; again += 1) {
      expect(await collector.postAs(0, door, submission(sent, "white", attestor(0)))).toMatchObject({
        status: 200,
        body: { stored: false, reason: "duplicate" },
      });
    }
    expect((await readBack(sent)).body.attestations).toHaveLength(1);
  });

  it("stores one of many that arrive at the same time", async () => {
    const sent = fresh();
    const answers = await Promise.all(
      Array.from({ length: 8 }, () => collector.postAs(0, door, submission(sent, "white", attestor(0)))),
    );
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 200, 200, 200, 200, 200, 200, 201]);
  });

  it("counts another signature over the same digest as the same statement", async () => {
    const sent = fresh();
    const other = otherSignature(sent);
    expect(other).not.toBe(signatureOf(sent, "white", attestor(0)));
    await collector.postAs(0, door, submission(sent, "white", attestor(0)));
    const answer = await collector.postAs(0, door, submission(sent, "white", attestor(0), { signature: other }));
    expect(answer).toMatchObject({ status: 200, body: { stored: false } });
    expect((await readBack(sent)).body.attestations[0]?.signature).toBe(signatureOf(sent, "white", attestor(0)));
  });

  it.each(["v 0 or 1", "upper-case digits"])("stores a signature with %s in its one spelling", async (spelling) => {
    const sent = fresh();
    const canonical = signatureOf(sent, "white", attestor(0));
    const signature =
      spelling === "v 0 or 1"
        ? `${canonical.slice(0, -2)}${canonical.endsWith("1b") ? "00" : "01"}`
        : `0x${canonical.slice(2).toUpperCase()}`;
    expect((await collector.postAs(0, door, submission(sent, "white", attestor(0), { signature }))).status).toBe(201);
    expect((await readBack(sent)).body.attestations[0]?.signature).toBe(canonical);
  });

  it("takes an attestor's packets of one number in two deployments as two packets", async () => {
    const sent = fresh();
    expect((await collector.postAs(0, door, submission(sent, "white", attestor(0)))).status).toBe(201);
    const other = submission(sent, "white", attestor(3), { deployment: "beta" });
    expect((await collector.postAs(3, door, other)).status).toBe(201);
  });
});

describe("an attestor that contradicts itself", () => {
  const contradictions: [string, (first: Packet) => Record<string, unknown>][] = [
    ["the other verdict", (first) => submission(first, "flagged", attestor(1))],
    ["another packet of the same number", (first) => submission({ ...first, height: 101n }, "white", attestor(1))],
  ];
  it.each(contradictions)("gets 409 for %s; the first statement stays, the alarm sounds", async (_what, second) => {
    const sent = fresh();
    await collector.postAs(1, door, submission(sent, "white", attestor(1)));
    const before = await readBack(sent);
    const alarms = alarmsAbout(sent).length;
    const conflicts = await metric("attestor_collector_conflicts");

    const answer = await collector.postAs(1, door, second(sent));
    expect(answer).toMatchObject({ status: 409, type: "application/problem+json", body: { code: "conflict" } });
    expect(answer.body.detail).toContain(attestor(1).address);
    expect((await readBack(sent)).body).toEqual(before.body);
    expect(alarmsAbout(sent)).toHaveLength(alarms + 1);
    expect(await metric("attestor_collector_conflicts")).toBe(conflicts + 1);
  });

  it("stays on record, and reported, after a restart", async () => {
    const conflicts = await metric("attestor_collector_conflicts");
    expect(conflicts).toBeGreaterThan(0);
    await collector.restart();
    expect(await metric("attestor_collector_conflicts")).toBe(conflicts);
    expect(collector.log.findLast(({ level }) => level === "error")).toMatchObject({ conflicts });
  });
});

describe("a statement that is not for this collector", () => {
  const elsewhere = fresh({ destination: { chainId: evmChain, address: someone } });
  const refused: [string, number, Record<string, unknown>, { rule: string } & Record<string, unknown>][] = [
    ["an attestor that is not registered", 0, submission(fresh(), "white", attestor(4)), { rule: "attestor" }],
    [
      "a signature over another verdict",
      0,
      submission(fresh(), "white", attestor(0), {
        signature: signatureOf(packet(lastSequence), "flagged", attestor(0)),
      }),
      { rule: "attestor" },
    ],
    [
      "a signature over another packet",
      0,
      submission(fresh(), "white", attestor(0), { signature: signatureOf(packet(99_999), "white", attestor(0)) }),
      { rule: "attestor" },
    ],
    [
      "a client that may not write for the attestor",
      1,
      submission(fresh(), "white", attestor(0)),
      { rule: "write-right" },
    ],
    [
      "another deployment's attestor",
      0,
      submission(fresh(), "white", attestor(0), { deployment: "beta" }),
      { rule: "attestor" },
    ],
    ["an unknown deployment", 0, submission(fresh(), "white", attestor(0), { deployment: "gamma" }), { rule: "route" }],
    [
      "an unknown route",
      0,
      submission(fresh({ source: { chainId: 5n, address: packet(1).source.address } }), "white", attestor(0)),
      { rule: "route" },
    ],
    ["another token service", 0, submission(elsewhere, "white", attestor(0)), { rule: "contracts" }],
  ];
  it.each(refused)("is denied: %s", async (_what, client, body, { rule }) => {
    const answer = await collector.postAs(client, door, body);
    expect(answer).toMatchObject({
      status: 403,
      type: "application/problem+json",
      body: { code: "denied", data: { rule } },
    });
    const { sequence } = body.packet as { sequence: string };
    expect((await collector.read(`/v1/packets/${aleoChain}/${evmChain}/${sequence}`)).status).toBe(404);
  });
});

function alarmsAbout({ sequence }: Packet): Record<string, unknown>[] {
  return collector.log.filter(
    (line) =>
      line.level === "error" && line.packet === `${aleoChain}/${evmChain}/${sequence}` && /^ALARM/.test(`${line.msg}`),
  );
}

async function metric(name: string): Promise<number> {
  const { text } = await collector.ops("/metrics");
  return Number(new RegExp(`^${name} (.+)$`, "m").exec(text)?.[1] ?? Number.NaN);
}

/** A valid signature of attestor 0 over the same digest with another nonce. */
function otherSignature(sent: Packet): string {
  const secp256k1 = createRequire(import.meta.url)("secp256k1") as typeof import("secp256k1");
  const key = getBytes(attestor(0).key.privateKey);
  const { signature, recid } = secp256k1.ecdsaSign(getBytes(digestOf(sent, "white")), key, {
    data: new Uint8Array(32).fill(7),
  });
  return `0x${Buffer.from(signature).toString("hex")}${(27 + recid).toString(16)}`;
}
