import { Interface } from "ethers";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { VerdictResult } from "../../shared/digest/index.ts";
import { tokenServiceAbi } from "../../shared/evm/index.ts";
import { type Packet, packetToWire } from "../../shared/packet/index.ts";
import { attestor, signatureOf, submission } from "./attestors.ts";
import { type Answer, type CollectorUnderTest, startCollectorUnderTest } from "./collectorUnderTest.ts";
import { aleoChain, aleoService, evmBridge, evmChain, evmService, packet, someone } from "./packets.ts";

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

/** Hands in a vote of attestor `index` and expects it to be new. */
async function vote(sent: Packet, verdict: VerdictResult, index: number): Promise<void> {
  const deployment = index < 3 ? "alpha" : "beta";
  const body = submission(sent, verdict, attestor(index), { deployment });
  expect((await collector.postAs(index, "/v1/attestations", body)).status).toBe(201);
}

function read(sent: Packet, query = ""): Promise<Answer> {
  return collector.read(`/v1/packets/${aleoChain}/${evmChain}/${sent.sequence}${query}`);
}

const tokenService = new Interface(tokenServiceAbi);

describe("reading one packet", () => {
  it("shows it collecting, without a call, until its quorum is there", async () => {
    const sent = fresh();
    await vote(sent, "white", 1);
    expect((await read(sent)).body).toMatchObject({
      deployment: "alpha",
      packet: packetToWire(sent),
      status: "collecting",
      verdict: null,
      quorum: { required: 2, white: 1, flagged: 0, other: 0 },
      call: null,
    });
  });

  it("lists signatures in ascending order of their signers, whatever order they came in", async () => {
    const sent = fresh();
    for (const index of [2, 0, 1]) await vote(sent, "white", index);
    const signers = (await read(sent)).body.attestations.map(({ signer }) => signer);
    expect(signers).toEqual([0, 1, 2].map((index) => attestor(index).address));
    expect(signers.map(BigInt)).toEqual([...signers.map(BigInt)].sort((a, b) => (a < b ? -1 : 1)));
  });

  it("gives the ready call of a packet that reached quorum, field by field what the contract takes", async () => {
    const sent = fresh();
    for (const index of [1, 0]) await vote(sent, "white", index);
    const { body } = await read(sent);
    expect(body).toMatchObject({ status: "quorum", verdict: "white" });
    expect(body.call).toMatchObject({ chainId: `${evmChain}`, to: evmService, function: "withdraw" });

    const [incoming, signatures] = tokenService.decodeFunctionData("withdraw", body.call.data);
    expect(incoming.toObject(true)).toEqual({
      version: 1n,
      sequence: sent.sequence,
      sourceTokenService: { chainId: aleoChain, addr: aleoService },
      destTokenService: { chainId: evmChain, addr: evmService },
      message: {
        senderAddress: aleoService,
        destTokenAddress: evmBridge,
        amount: sent.message.amount,
        receiverAddress: someone,
      },
      height: 100n,
    });
    expect(signatures).toBe(joined(sent, "white", [0, 1]));
  });

  it("puts every signature of the winning vote into the call, and none of the other", async () => {
    const [all, some] = [fresh(), fresh()];
    for (const index of [2, 1, 0]) await vote(all, "flagged", index);
    await vote(some, "flagged", 2);
    await vote(some, "white", 1);
    await vote(some, "flagged", 0);
    expect(signaturesIn(await read(all))).toBe(joined(all, "flagged", [0, 1, 2]));
    expect(signaturesIn(await read(some))).toBe(joined(some, "flagged", [0, 2]));
    expect((await read(some)).body).toMatchObject({ verdict: "flagged", quorum: { white: 1, flagged: 2 } });
  });

  it("counts a lie about the content for itself only, and shows the packet that reached quorum", async () => {
    const sent = fresh();
    const lie = { ...sent, message: { ...sent.message, receiverAddress: evmBridge } };
    await vote(lie, "white", 0);
    expect((await read(sent)).body).toMatchObject({ status: "collecting", packet: packetToWire(lie) });
    await vote(sent, "white", 1);
    await vote(sent, "white", 2);
    const answer = await read(sent);
    expect(answer.body).toMatchObject({
      status: "quorum",
      packet: packetToWire(sent),
      quorum: { required: 2, white: 2, flagged: 0, other: 1 },
    });
    expect(answer.body.attestations.map(({ packet: about }) => about)).toEqual([
      packetToWire(lie),
      packetToWire(sent),
      packetToWire(sent),
    ]);
    expect(signaturesIn(answer)).toBe(joined(sent, "white", [1, 2]));
  });

  it("shows a split when three attestors sign three different things", async () => {
    const sent = fresh();
    await vote(sent, "white", 0);
    await vote(sent, "flagged", 1);
    expect((await read(sent)).body.status).toBe("collecting");
    await vote({ ...sent, height: 101n }, "white", 2);
    expect((await read(sent)).body).toMatchObject({
      status: "split",
      verdict: null,
      quorum: { white: 1, flagged: 1, other: 1 },
      call: null,
    });
  });

  it("asks for the deployment where several have the packet", async () => {
    const sent = fresh();
    await vote(sent, "white", 0);
    expect((await read(sent)).body.deployment).toBe("alpha");
    await vote(sent, "white", 3);
    expect(await read(sent)).toMatchObject({
      status: 409,
      body: { code: "ambiguous_deployment", data: { deployments: ["alpha", "beta"] } },
    });
    expect((await read(sent, "?deployment=alpha")).body.attestations[0]?.signer).toBe(attestor(0).address);
    expect((await read(sent, "?deployment=beta")).body.attestations[0]?.signer).toBe(attestor(3).address);
    expect((await read(sent, "?deployment=gamma")).status).toBe(404);
  });

  it("answers 404 for a packet that nobody attested", async () => {
    expect(await read(packet(999_999))).toMatchObject({ status: 404, body: { code: "not_found" } });
  });
});

describe("listing packets", () => {
  /** Follows `next` to the end; returns each page's packets as `deployment sequence`. */
  async function pages(query: string): Promise<string[][]> {
    const found: string[][] = [];
    for (let after: string | null = "0"; after !== null; ) {
      const { status, body }: Answer = await collector.read(`/v1/packets?${query}&after=${after}`);
      expect(status).toBe(200);
      found.push(body.packets.map(({ deployment, packet: { sequence } }) => `${deployment} ${sequence}`));
      after = body.next;
    }
    return found;
  }

  it("shows every packet once, in the order of arrival, whatever the page's length", async () => {
    const arrived = (await pages("limit=100")).flat();
    expect(arrived.length).toBeGreaterThan(7);
    expect(new Set(arrived).size).toBe(arrived.length);
    for (const limit of [1, 3, arrived.length]) {
      const paged = await pages(`limit=${limit}`);
      expect(paged.flat()).toEqual(arrived);
      expect(Math.max(...paged.map((page) => page.length))).toBeLessThanOrEqual(limit);
    }
  });

  it("goes on where it was when packets arrive between two pages", async () => {
    const first = await collector.read("/v1/packets?limit=2");
    const late = fresh();
    await vote(late, "white", 0);
    expect((await pages(`limit=2`)).flat().at(-1)).toBe(`alpha ${late.sequence}`);
    const second = await collector.read(`/v1/packets?limit=2&after=${first.body.next}`);
    expect(second.body.packets).not.toContainEqual(first.body.packets[1]);
  });

  it("gives a summary without attestations", async () => {
    const { body } = await collector.read("/v1/packets?limit=1");
    expect(Object.keys(body.packets[0] ?? {})).toEqual(["deployment", "packet", "status", "verdict", "quorum"]);
  });

  it("filters by deployment, chains and status", async () => {
    const all = (await pages("limit=100")).flat();
    expect((await pages("deployment=beta")).flat()).toEqual(all.filter((one) => one.startsWith("beta")));
    expect((await pages(`source=${aleoChain}&destination=${evmChain}&limit=100`)).flat()).toEqual(all);
    expect((await pages(`source=${evmChain}`)).flat()).toEqual([]);
    const byStatus = await Promise.all(
      ["collecting", "quorum", "split"].map(async (status) => (await pages(`status=${status}&limit=2`)).flat()),
    );
    expect(byStatus.map((found) => found.length > 0)).toEqual([true, true, true]);
    expect(byStatus.flat().sort()).toEqual([...all].sort());
  });
});

function signaturesIn({ body }: Answer): string {
  return tokenService.decodeFunctionData("withdraw", body.call.data).signatures;
}

function joined(sent: Packet, verdict: VerdictResult, indexes: readonly number[]): string {
  return `0x${indexes.map((index) => signatureOf(sent, verdict, attestor(index)).slice(2)).join("")}`;
}
