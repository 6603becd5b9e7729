import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { RestRequest } from "../../cli/up/aleoStandIn/index.ts";
import { byteList, number, parsePlaintext, struct } from "../../shared/aleo/index.ts";
import { rejection } from "../shared/refusal.ts";
import { aleoLies, otherFields } from "../support/aleo/lies.ts";
import { type AleoNodes, aleoIds, aleoSecretPath, aleoService, aleoUser } from "../support/aleo/nodes.ts";
import { useAleoSource } from "./support/aleoWorld.ts";
import { denial } from "./support/peers.ts";
import { until } from "./support/until.ts";
import { useWorld } from "./support/useWorld.ts";

const scene = useWorld();
let aleo: AleoNodes;
let amount = 1_000n;

beforeEach(async () => {
  aleo = await useAleoSource(scene.world, scene.bridge);
});
afterEach(async () => {
  await scene.world.stop();
  await aleo.close();
  expect(scene.world.everythingWritten()).not.toContain(aleoSecretPath);
});

/** A packet whose amount no other has, for the token service of the route. */
function send() {
  amount += 1n;
  return { ...aleo.publish({ amount, destinationService: scene.bridge.sides[1].tokenService }), amount };
}

function tell(...lies: readonly (string | undefined)[]): void {
  for (const [index, node] of aleo.nodes.entries()) {
    const name = lies[index];
    node.behaviour = name === undefined ? undefined : aleoLies[name];
  }
}

interface ShownProvider {
  readonly healthy: boolean;
  readonly reasons: readonly string[];
}

/** How the service shows the three nodes. */
async function providers() {
  const { body } = await scene.world.control("GET", "/v1/status");
  const { chains } = body as { chains: [{ providers: [ShownProvider, ShownProvider, ShownProvider] }] };
  return chains[0].providers;
}

function expectNothingFalse(sent: readonly { sequence: bigint; amount: bigint; height: number }[]): void {
  for (const { packet, sources } of scene.world.signer.requests) {
    const truth = sent.find(({ sequence }) => sequence === packet.sequence);
    expect(packet.message.amount).toBe(truth?.amount);
    expect(packet.height).toBe(BigInt(truth?.height ?? -1));
    expect(sources).toBe("2-of-3");
  }
}

describe("packets from Aleo", () => {
  test("that were published before the start, during it and while the service was down are all attested", async () => {
    const { world } = scene;
    const sent = [send(), send()];
    aleo.advance(3);
    await world.start();
    await world.reaches(2n, "delivered");
    sent.push(send());
    await world.reaches(3n, "delivered");
    await world.stop();
    sent.push(send(), send());
    await world.start();
    await world.reaches(5n, "delivered");
    expect(world.signer.requests.map(({ packet }) => packet.sequence).sort()).toEqual([1n, 2n, 3n, 4n, 5n]);
    expectNothingFalse(sent);
    const { body } = await world.control("GET", "/v1/status");
    expect(body).toMatchObject({
      chains: [{ name: "aleo", finality: "committed", sources: "2-of-3", providers: [{ healthy: true }, {}, {}] }, {}],
      routes: [{ counter: "5", gaps: [] }],
    });
    expect(await world.packet(1n)).toMatchObject({
      transactionHash: null,
      block: { hash: expect.stringMatching(/^ab1/) },
    });
  });

  test("that no attestor can sign are refused with the field named, and hold up no other", async () => {
    const { world } = scene;
    await world.start();
    const bytes = byteList(new Uint8Array(32));
    const user = parsePlaintext(aleoUser, "user");
    const value = struct(
      ["version", number("u8", 1)],
      ["sequence", number("u64", 1)],
      [
        "source",
        struct(["chain_id", number("u128", aleoIds.chainId)], ["addr", parsePlaintext(aleoService, "service")]),
      ],
      ["destination", struct(["chain_id", number("u128", aleoIds.evmChainId)], ["addr", bytes])],
      [
        "message",
        struct(
          ["sender_address", user],
          ["dest_token_address", bytes],
          ["amount", number("u128", 5)],
          ["receiver_address", byteList(new Uint8Array(32).fill(7))],
        ),
      ],
      ["height", number("u64", aleo.ledger.height() + 1)],
    );
    aleo.bridge.write(aleoIds.evmChainId, 1n, value, aleo.now() + 1);
    const good = send();
    await world.reaches(good.sequence, "delivered");
    const refused = await world.reaches(1n, "refused");
    expect(refused.reason?.text).toMatch(/^message.receiver_address: must be an EVM address behind 12 zero bytes/);
    expect(world.signer.requests.map(({ packet }) => packet.sequence)).toEqual([good.sequence]);
    await world.becomesReady();
  });

  test("of a version that the signer does not know are refused for good with the field named, and hold up no other", async () => {
    const { world } = scene;
    const strange = send();
    const isStrange = ({ path }: RestRequest) => decodeURIComponent(path).includes(`sequence:${strange.sequence}u64`);
    for (const node of aleo.nodes) {
      node.behaviour = (request, honest) => (isStrange(request) ? otherFields.version?.(request, honest) : undefined);
    }
    const reason = "packet.version is not a version that this route knows";
    world.signer.reply = ({ packet }) => (packet.version === 1 ? undefined : denial(reason));
    await world.start();
    expect((await world.reaches(strange.sequence, "refused")).reason).toEqual({
      code: "denied",
      text: `Denied by rule route: ${reason}.`,
    });
    const good = send();
    await world.reaches(good.sequence, "delivered");
    const { body } = await world.control("GET", "/v1/packets?state=refused");
    expect(body).toMatchObject({ packets: [{ sequence: `${strange.sequence}` }] });
    expect(world.signer.requests.filter(({ packet }) => packet.version !== 1)).toHaveLength(1);
    await world.becomesReady();
  });

  test("that the program counts and one node alone shows are a gap until a quorum shows them", async () => {
    const { world } = scene;
    await world.start();
    await world.reaches(send().sequence, "delivered");
    tell("knows no packets", "knows no packets");
    const lost = send();
    await world.complains(/packets 2 are counted by the contract and missing/);
    expect(world.signer.requests).toHaveLength(1);
    tell();
    await world.reaches(lost.sequence, "delivered");
    await world.becomesReady();
  });

  test("that are counted and not shown at the first start are not skipped", async () => {
    const { world } = scene;
    tell("knows no packets", "knows no packets");
    const first = send();
    aleo.advance(20);
    await world.start();
    await world.complains(/packet 1 is counted in sequences and missing in out_packets/);
    tell();
    await world.reaches(first.sequence, "delivered");
  });
});

test("packets that are hidden in the first blocks of the route when the service first starts are not skipped", async () => {
  const { world } = scene;
  tell("knows no packets", "knows no packets");
  world.settings.routes[0].source.startHeight = aleo.ledger.height() + 1;
  const first = send();
  aleo.advance(1);
  await world.start();
  await world.complains(/packet 1 is counted in sequences and missing in out_packets/);
  expect(world.signer.requests).toEqual([]);
  tell();
  await world.reaches(first.sequence, "delivered");
  await world.becomesReady();
});

describe("one lying node of three", () => {
  test("keeps no packet back and gets nothing false signed", async () => {
    const { world } = scene;
    await world.start();
    const sent = [];
    for (const name of Object.keys(aleoLies).filter((lie) => lie !== "never answers")) {
      tell(undefined, name);
      const packet = send();
      sent.push(packet);
      await world.reaches(packet.sequence, "delivered").catch((error) => {
        throw new Error(`the second ${name}: ${error}`);
      });
    }
    expectNothingFalse(sent);
    expect(world.signer.requests).toHaveLength(sent.length);
  }, 120_000);
});

describe("a node that is of no use for a while", () => {
  test.each([
    ["never answers", "never answers", /^time-out$/],
    ["cuts every answer in the middle", "cuts every answer in the middle", /^UND_ERR_/],
  ])("and %s is shown with the reason, and keeps no packet back", async (_what, lie, reason) => {
    const { world } = scene;
    tell(undefined, lie);
    await world.start();
    const sent = [send(), send()];
    for (const { sequence } of sent) await world.reaches(sequence, "delivered");
    await until("the node's fault to be shown", async () => {
      const [, { healthy, reasons }] = await providers();
      return !healthy && reasons.some((text) => reason.test(text));
    });
    expectNothingFalse(sent);
    await world.becomesReady();
    tell();
    await until("the node to be well again", async () => (await providers())[1].healthy);
  });

  test("because it answers 429 is not asked again before its Retry-After is over, and then is", async () => {
    const { world } = scene;
    const [, node] = aleo.nodes;
    const times: number[] = [];
    if (node) {
      node.behaviour = () => {
        times.push(performance.now());
        return { status: 429, headers: { "retry-after": "2" }, text: "Too many requests" };
      };
    }
    await world.start();
    await until("the refusal to be shown", async () => (await providers())[1].reasons.includes("HTTP 429"));
    const refusedBy = performance.now(); // whatever was under way then has come
    const { sequence } = send();
    await world.reaches(sequence, "delivered");
    const again = await until("the node to be asked again", () => times.find((time) => time > refusedBy));
    expect(again - (times[0] ?? 0)).toBeGreaterThanOrEqual(2_000);
    tell();
    await until("the node to be well again", async () => (await providers())[1].healthy);
  });
});

test("another network, served by a quorum, refuses the start with the reason, and the right one is attested from later", async () => {
  const { world } = scene;
  tell("serves another network", "serves another network");
  const { sequence } = send();
  const { message } = await rejection("rpc_wrong_chain", world.start());
  expect(message).toBe(
    "Chain aleo: provider quorum 2-of-3 serves chain id 0, the configuration says 1. " +
      "Correct evmChainId (on Aleo: network) or the provider's address.",
  );
  expect([world.signer.requests, world.collector.requests]).toEqual([[], []]);
  tell();
  await world.start();
  await world.reaches(sequence, "delivered");
});

describe("below the quorum nothing is signed at all", () => {
  test.each([
    ["two that are broken", "is broken", "answers HTML"],
    [
      "two that lie, each in its way",
      "knows neither packets nor their count",
      "changes message.amount of every packet",
    ],
    ["two that tell other blocks", "gives every block another hash", "gives every block an early time"],
    ["one that lies and one that has had enough", "counts one packet more", "has had enough"],
    ["two that cut every answer in the middle", "cuts every answer in the middle", "cuts every answer in the middle"],
    ["two that never answer", "never answers", "never answers"],
  ])("%s", async (_what, one, other) => {
    const { world } = scene;
    await world.start();
    await world.becomesReady();
    tell(one, other);
    const { sequence } = send();
    await world.complains(/aleo.*: .*of 3 providers .*2 are needed|aleo.*no quorum/);
    const asked = aleo.nodes[2]?.requests.length ?? 0;
    await until("the honest node to be asked again", () => (aleo.nodes[2]?.requests.length ?? 0) > asked);
    expect(world.signer.requests).toEqual([]);
    tell();
    await world.reaches(sequence, "delivered");
    expect(world.signer.requests).toHaveLength(1);
  });
});

test("a change of what is final stops the chain", async () => {
  const { world } = scene;
  await world.start();
  await world.reaches(send().sequence, "delivered");
  tell("gives every block another hash", "gives every block another hash");
  await world.complains(/change below finality/);
  tell();
  const { sequence } = send();
  const asked = world.collector.requests.length;
  await world.start();
  await world.complains(/change below finality/);
  expect(await world.packet(sequence)).toBeUndefined();
  expect([world.signer.requests.length, world.collector.requests.length]).toEqual([1, asked]);
});

test("an anchor that the nodes do not serve keeps everything from being signed", async () => {
  const { world } = scene;
  world.settings.chains[0].anchor = { number: 0, hash: aleo.ledger.block(1)?.hash };
  send();
  await world.start();
  await world.complains(/its anchor, block 0, has hash ab1/);
  expect(world.signer.requests).toEqual([]);
});
