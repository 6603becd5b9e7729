import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { attestor, submission, verulinkPost } from "./attestors.ts";
import { type CollectorUnderTest, clientName, startCollectorUnderTest } from "./collectorUnderTest.ts";
import { aleoChain, aleoService, evmBridge, evmChain, evmService, packet } from "./packets.ts";

let collector: CollectorUnderTest;
/** Attestor 3 takes over from attestor 0 at sequence 10. */
beforeAll(async () => {
  collector = await startCollectorUnderTest([
    {
      deployment: "alpha",
      source: { chainId: aleoChain, family: "aleo", tokenService: aleoService },
      destination: { chainId: evmChain, family: "evm", tokenService: evmService, bridge: evmBridge },
      scheme: "verulink-evm",
      quorum: 2,
      attestors: [0, 1, 2].map((index) => attestor(index).address),
      successors: [{ attestor: attestor(3).address, succeeds: attestor(0).address, fromSequence: 10n }],
    },
  ]);
});
afterAll(() => collector.close());

const doors: [string, (sequence: number, by: number) => Promise<{ status: number; body: unknown }>][] = [
  [
    "/v1/attestations",
    (sequence, by) => collector.postAs(by, "/v1/attestations", submission(packet(sequence), "white", attestor(by))),
  ],
  [
    "/verulink/signature",
    (sequence, by) =>
      collector.postAs(by, "/verulink/signature", verulinkPost(packet(sequence), "white", attestor(by))),
  ],
];

describe.each(doors)("at %s an attestor whose key has a successor", (_door, post) => {
  it("hands in each sequence with the key that has it", async () => {
    expect((await post(9, 0)).status).toBe(201);
    expect((await post(10, 3)).status).toBe(201);
  });

  it.each([
    ["the successor, before it begins", 9, 3],
    ["the old key, after that", 10, 0],
  ])("is refused with %s", async (_what, sequence, by) => {
    expect(await post(sequence, by)).toMatchObject({
      status: 403,
      body: { code: "denied", data: { rule: "attestor" } },
    });
  });
});

it("asks each key for the packets that it has", async () => {
  const council = await collector.pki.clientIdentity("council");
  for (const sequence of ["7", "12"]) {
    const body = { deployment: "alpha", source: `${aleoChain}`, destination: `${evmChain}`, sequence };
    await collector.send(council, { method: "POST", path: "/v1/requests", body });
  }
  const askedOf = async (index: number) => {
    const path = `/v1/requests?attestor=${attestor(index).address}`;
    const { body } = await collector.send(await collector.pki.clientIdentity(clientName(index)), { path });
    return body.requests.map(({ sequence }) => sequence);
  };
  expect([await askedOf(0), await askedOf(3), await askedOf(1)]).toEqual([["7"], ["12"], ["7", "12"]]);
});
