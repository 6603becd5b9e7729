import { afterEach, describe, expect, test } from "vitest";
import { parsePlaintext } from "../../shared/aleo/index.ts";
import { AttestorError } from "../../shared/errors/index.ts";
import { type AleoNodes, aleoIds, aleoService, aleoUser, evmToken, evmUser, noAccount } from "../support/aleo/nodes.ts";
import { attestorHere } from "../support/attestorHere.ts";
import { useAleoDestination, useAleoSource } from "./support/aleoWorld.ts";
import { refusal } from "./support/peers.ts";
import { until } from "./support/until.ts";
import { useWorld } from "./support/useWorld.ts";

/** What an operator sees of packets that can never be attested, beside good ones: twice of a chain-service as a process. */
const scene = useWorld();
let aleo: AleoNodes | undefined;
afterEach(async () => {
  await aleo?.close();
});

const told = async (...words: string[]) => {
  const { code, stdout } = await attestorHere([...words, "--config", scene.world.configFile]);
  expect(code).toBe(0);
  return stdout;
};

/** Starts the service as a process of its own, and waits until it can be asked. */
async function startProcess(): Promise<void> {
  const { world } = scene;
  const child = world.spawn();
  await until("the chain-service to answer", async () => {
    if (child.exitCode !== null) throw new Error(`it ended: ${world.log.join("")}`);
    return (await world.control("GET", "/v1/status").catch(() => undefined))?.status === 200;
  });
}

/** Each is refused for its reason and shown so to the operator, and the number of requests says that none was asked for again. */
async function expectRefused(expected: ReadonlyMap<bigint, RegExp>): Promise<void> {
  const { world } = scene;
  for (const [sequence, reason] of expected) {
    expect((await world.reaches(sequence, "refused")).reason?.text).toMatch(reason);
  }
  const listed = await told("packets", "--state", "refused");
  for (const [sequence, reason] of expected) {
    const line = listed.split("\n").find((each) => each.includes(`1/2/${sequence} `));
    expect(line, `${sequence} in ${listed}`).toMatch(new RegExp(reason.source.replace(/^\^/, "")));
  }
  const [{ routes }] = JSON.parse(await told("status", "--json"));
  expect(routes).toMatchObject([{ stopped: null, gaps: [], packets: { refused: expected.size } }]);
}

/** As the signer's rule `route` answers to a version that the policy does not list. */
const otherVersion = refusal(
  new AttestorError("denied", {
    rule: "route",
    reason: "packet.version is not a version that this route knows",
    inputs: { field: "packet.version" },
  }),
  { outcome: "denied" },
);

describe("from Aleo", () => {
  interface Fields {
    version?: string;
    program?: string;
    amount?: string;
    padding?: number;
    service?: string;
  }

  const bytes = (address: string, first = 0) => {
    const all = [first, ...new Array<number>(11).fill(0), ...Buffer.from(address.slice(2), "hex")];
    return `[${all.map((byte) => `${byte}u8`).join(",")}]`;
  };

  /** Lets the program keep a packet with these fields under the next number. */
  function write(nodes: AleoNodes, sequence: bigint, changes: Fields = {}): bigint {
    const { version = "1u8", program = aleoService, amount = "5u128", padding = 0 } = changes;
    const { service = scene.bridge.sides[1].tokenService } = changes;
    const text = `{version:${version},sequence:${sequence}u64,source:{chain_id:1u128,addr:${program}},
      destination:{chain_id:2u128,addr:${bytes(service)}},message:{sender_address:${aleoUser},
      dest_token_address:${bytes(evmToken)},amount:${amount},receiver_address:${bytes(evmUser, padding)}},
      height:${nodes.ledger.height() + 1}u64}`;
    nodes.bridge.write(aleoIds.evmChainId, sequence, parsePlaintext(text, "packet"), nodes.now() + 1);
    return sequence;
  }

  test("each is refused for good with its field named, and the packets between them are delivered", async () => {
    const { world, bridge } = scene;
    const nodes = await useAleoSource(world, bridge);
    aleo = nodes;
    world.signer.reply = ({ packet }) => (packet.version === 1 ? undefined : otherVersion);
    await startProcess();
    const bad: [Fields, RegExp][] = [
      [{ version: "2u8" }, /packet\.version is not a version that this route knows/],
      [{ version: "1u16" }, /^version: must be of Aleo's type u8/],
      [{ program: aleoUser }, /^source\.address: is not the route's token service/],
      [{ service: evmUser }, /^destination\.address: is not the route's token service/],
      [{ amount: `${2n ** 128n}field` }, /^message\.amount: must be of Aleo's type u128/],
      [{ amount: "5i128" }, /^message\.amount: must be of Aleo's type u128/],
      [{ padding: 1 }, /^message\.receiver_address: must be an EVM address behind 12 zero bytes/],
    ];
    const expected = new Map<bigint, RegExp>();
    const good: bigint[] = [];
    let sequence = 0n;
    for (const [fields, reason] of bad) {
      sequence += 1n;
      expected.set(write(nodes, sequence, fields), reason);
      sequence += 1n;
      good.push(write(nodes, sequence));
    }
    for (const number of good) await world.reaches(number, "delivered");
    await expectRefused(expected);
    expect(world.signer.requests.map(({ packet }) => packet.sequence).sort()).toEqual([1n, ...good].sort());
  });

  test("an amount that no value of the virtual machine has is a node's fault: it is named, and nothing is signed", async () => {
    const { world, bridge } = scene;
    const nodes = await useAleoSource(world, bridge);
    aleo = nodes;
    for (const node of nodes.nodes) {
      node.behaviour = ({ path }, honest) => {
        const answer = honest();
        const json = answer.json as { data?: unknown };
        if (!path.includes("/out_packets/") || typeof json.data !== "string") return undefined;
        return { ...answer, json: { ...json, data: json.data.replace("5u128", `${2n ** 128n}u128`) } };
      };
    }
    await world.start();
    write(nodes, 1n);
    await world.complains(/aleo/);
    expect(world.signer.requests).toEqual([]);
    for (const node of nodes.nodes) node.behaviour = undefined;
    await world.reaches(1n, "delivered");
  });
});

describe("to Aleo", () => {
  test("each is refused for good with its field named, and the packets between them are delivered", async () => {
    const { world, bridge } = scene;
    const end = await useAleoDestination(world, bridge);
    aleo = end.aleo;
    await startProcess();
    const expected = new Map<bigint, RegExp>();
    const good: bigint[] = [];
    for (const [receiver, amount, reason] of [
      [noAccount, 10n, /^message\.receiver_address: is not a valid Aleo address/],
      [evmUser, 10n, /^message\.receiver_address: is not a valid Aleo address/],
      [aleoUser, 2n ** 128n, /^message\.amount: must be below 2\^128/],
    ] as const) {
      expected.set((await end.transfer(receiver, amount)).sequence, reason);
      good.push((await end.transfer(aleoUser)).sequence);
    }
    for (const number of good) await world.reaches(number, "delivered");
    await expectRefused(expected);
    expect(world.signer.requests.map(({ packet }) => packet.sequence).sort()).toEqual(good.sort());
  });

  test("for another program is refused, and the service goes on", async () => {
    const { world, bridge } = scene;
    const end = await useAleoDestination(world, bridge);
    aleo = end.aleo;
    world.settings.routes[0].destination.tokenService = aleoUser;
    await world.start();
    const { sequence } = await end.transfer(aleoUser);
    await expectRefused(new Map([[sequence, /^destination\.address: is not the route's token service/]]));
    expect(world.signer.requests).toEqual([]);
  });

  test("of a version that no policy knows is refused once it is asked for, and not asked for again", async () => {
    const { world, bridge } = scene;
    const end = await useAleoDestination(world, bridge);
    aleo = end.aleo;
    // Our contract writes version 1: the policy of this signer knows others.
    world.signer.reply = () => otherVersion;
    await world.start();
    const { sequence } = await end.transfer(aleoUser);
    await expectRefused(new Map([[sequence, /packet\.version is not a version/]]));
    const asked = end.aleo.nodes[0]?.requests.length ?? 0;
    await until("some rounds", () => (end.aleo.nodes[0]?.requests.length ?? 0) > asked + 6);
    expect(world.signer.requests).toHaveLength(1);
  });
});
