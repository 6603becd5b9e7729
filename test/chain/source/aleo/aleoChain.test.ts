import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import type { Chain } from "../../../../chain/source/index.ts";
import { byteList, number, parsePlaintext, struct } from "../../../../shared/aleo/index.ts";
import { rejection } from "../../../shared/refusal.ts";
import { aleoLies } from "../../../support/aleo/lies.ts";
import {
  type AleoNodes,
  aleoIds,
  aleoSecretPath,
  aleoService,
  aleoUser,
  evmService,
  evmToken,
  evmUser,
  startAleoNodes,
} from "../../../support/aleo/nodes.ts";
import { aleoSourceOf, aleoView } from "./view.ts";

let nodes: AleoNodes;
const opened: Chain[] = [];
beforeAll(async () => {
  nodes = await startAleoNodes(3);
});
afterEach(() => {
  for (const chain of opened.splice(0)) chain.close();
  for (const node of nodes.nodes) Object.assign(node, { behaviour: undefined, stalledAt: undefined });
});
afterAll(() => nodes.close());

function view(
  ...parameters: [count?: number, ...more: Parameters<typeof aleoView> extends [unknown, ...infer R] ? R : never]
) {
  const [count = 1, ...more] = parameters;
  const chain = aleoView(
    nodes.nodes.slice(0, count).map(({ url }) => url),
    ...more,
  );
  opened.push(chain);
  return chain;
}
const node = () => {
  const [first] = nodes.nodes;
  if (!first) throw new Error("there is no node");
  return first;
};

describe("the chain", () => {
  test("is the network that its blocks name", async () => {
    await view().probe();
    node().behaviour = aleoLies["serves another network"];
    const error = await rejection("rpc_wrong_chain", view().probe());
    expect(error.data).toEqual({ chain: "aleo", provider: "p0", expected: "1", found: "0" });
    node().behaviour = undefined;
    const absent = await rejection("rpc_answer_unusable", view(1, { network: "mainnet" }).probe());
    expect(absent.data.reason).toBe("it has no block 0 of the network mainnet");
  });

  test("is final up to its newest block, less the depth", async () => {
    nodes.advance(5);
    const height = nodes.ledger.height();
    const { latest, final } = await view().heads();
    expect(latest.height).toBe(height);
    expect(final).toEqual({
      height,
      hash: nodes.ledger.block(height)?.hash,
      parentHash: nodes.ledger.block(height - 1)?.hash,
      timestamp: nodes.now(),
    });
    expect((await view(1, { depth: 3 }).heads()).final.height).toBe(height - 3);
  });

  test("tells its height by either route", async () => {
    const chain = aleoView([nodes.nodes[1]?.url ?? ""]);
    opened.push(chain);
    expect((await chain.heads()).latest.height).toBe(nodes.ledger.height());
    await chain.heads();
    const routes = nodes.nodes[1]?.requests.map(({ path }) => path).filter((path) => path.includes("latest"));
    expect(routes).toEqual(["block/height/latest", "latest/height", "latest/height"]);
  });

  test("is taken from the height that a quorum has reached", async () => {
    const [first, second] = nodes.nodes;
    nodes.advance(4);
    Object.assign(first ?? {}, { stalledAt: nodes.ledger.height() - 3 });
    Object.assign(second ?? {}, { stalledAt: nodes.ledger.height() - 2 });
    expect((await view(3).heads()).final.height).toBe(nodes.ledger.height() - 2);
  });
});

describe("packets", () => {
  test("are found in their blocks, with every field", async () => {
    nodes.advance(2);
    const { sequence, height } = nodes.publish({ amount: 77n });
    nodes.advance(2);
    const source = aleoSourceOf(view());
    const [sighting, ...others] = await source.dispatchedIn(height, height + 1);
    expect(others).toEqual([]);
    expect(sighting).toMatchObject({
      sequence,
      block: { height, hash: nodes.ledger.block(height)?.hash, timestamp: nodes.ledger.block(height)?.timestamp },
      transactionHash: "",
      content: {
        packet: {
          version: 1,
          sequence,
          source: { chainId: aleoIds.chainId, address: aleoService },
          destination: { chainId: aleoIds.evmChainId, address: evmService },
          message: {
            senderAddress: aleoUser,
            destTokenAddress: evmToken,
            amount: 77n,
            receiverAddress: evmUser,
          },
          height: BigInt(height),
        },
      },
    });
    expect(JSON.parse(sighting?.dispatched ?? "")).toMatchObject({
      sequence: `${sequence}u64`,
      message: { amount: "77u128", receiver_address: `0x${"00".repeat(12)}${evmUser.slice(2).toLowerCase()}` },
    });
    expect(sighting && (await source.differenceNow(sighting, height + 2))).toBeUndefined();
  });

  test("are counted as of any block, though the program only knows the present", async () => {
    const before = nodes.ledger.height();
    const counts: bigint[] = [];
    const source = () => aleoSourceOf(view());
    const first = await source().counterAt(before);
    for (let round = 0; round < 12; round += 1) {
      nodes.publish();
      nodes.advance(round % 3);
    }
    const heights = Array.from({ length: nodes.ledger.height() - before + 1 }, (_, index) => before + index);
    const counter = source();
    for (const height of heights) counts.push(await counter.counterAt(height));
    const truth = heights.map((height) => first + publishedBetween(before, height));
    expect(counts).toEqual(truth);
    expect(await counter.counterAt(0)).toBe(0n);
    expect(await counter.counterAt(-1)).toBe(0n);
  });

  /** By the ledger itself: which blocks set the counter. */
  function publishedBetween(from: number, to: number): bigint {
    let count = 0n;
    for (let height = from + 1; height <= to; height += 1) {
      const at = (block: number) => nodes.ledger.read(aleoIds.program, "sequences", "2u128", block);
      if (at(height) !== at(height - 1)) count += 1n;
    }
    return count;
  }

  test("are shown for exactly the blocks that are asked about", async () => {
    const first = nodes.publish();
    const second = nodes.publish();
    const third = nodes.publish();
    nodes.advance(1);
    const source = aleoSourceOf(view());
    const sequences = async (from: number, to: number) =>
      (await source.dispatchedIn(from, to)).map(({ sequence }) => sequence);
    expect(await sequences(first.height, third.height)).toEqual([first, second, third].map(({ sequence }) => sequence));
    expect(await sequences(second.height, second.height)).toEqual([second.sequence]);
    expect(await sequences(third.height + 1, third.height + 1)).toEqual([]);
  });

  test("that the program counts and does not show are counted and not shown", async () => {
    const lost = nodes.publish();
    const next = nodes.publish();
    node().behaviour = ({ path }, honest) =>
      path.includes(`sequence:${lost.sequence}u64`)
        ? { ...honest(), json: { ...(honest().json as object), data: null } }
        : undefined;
    const source = aleoSourceOf(view());
    expect((await source.dispatchedIn(lost.height, next.height)).map(({ sequence }) => sequence)).toEqual([
      next.sequence,
    ]);
    expect(await source.counterAt(next.height)).toBe(next.sequence);
    const { data } = await rejection("rpc_answer_unusable", source.counterAt(lost.height - 1, "fail"));
    expect(data.reason).toContain(`packet ${lost.sequence} is counted in sequences and missing in out_packets`);
  });

  test.each([
    [
      "an EVM address with padding that is not zero",
      { receiver_address: byteList(new Uint8Array(32).fill(1)) },
      "message.receiver_address: must be an EVM address behind 12 zero bytes",
    ],
    ["an amount of another width", { amount: number("u64", 5) }, "message.amount: must be of Aleo's type u128"],
    ["a member too many", { more: number("u8", 5) }, "message: must be a struct of exactly"],
  ])("with %s are found, with the field named", async (_what, changes, defect) => {
    const sequence = await nextSequence();
    const block = nodes.bridge.write(aleoIds.evmChainId, sequence, packetWith({ sequence, changes }), nodes.now() + 1);
    const [sighting] = await aleoSourceOf(view()).dispatchedIn(block.height, block.height);
    expect(sighting).toMatchObject({ sequence, content: { defect: expect.stringContaining(defect) } });
  });

  test.each([
    ["another number", { number: 900n }, "sequence: is not the number"],
    ["another destination", { to: 9n }, "destination.chain_id: is not the chain"],
  ])("that say %s than they are kept under have a defect", async (_what, changes, defect) => {
    const sequence = await nextSequence();
    const value = packetWith({ sequence, ...changes });
    const block = nodes.bridge.write(aleoIds.evmChainId, sequence, value, nodes.now() + 1);
    const [sighting] = await aleoSourceOf(view()).dispatchedIn(block.height, block.height);
    expect(sighting).toMatchObject({ sequence, content: { defect: expect.stringContaining(defect) } });
  });

  async function nextSequence(): Promise<bigint> {
    return (await aleoSourceOf(view()).counterAt(nodes.ledger.height())) + 1n;
  }

  function packetWith({
    sequence,
    number: told = sequence,
    to = aleoIds.evmChainId,
    changes = {},
  }: {
    sequence: bigint;
    number?: bigint;
    to?: bigint;
    changes?: Readonly<Record<string, ReturnType<typeof byteList> | ReturnType<typeof number>>>;
  }) {
    const bytes = byteList(new Uint8Array(32));
    const user = parsePlaintext(aleoUser, "user");
    const message = {
      sender_address: user,
      dest_token_address: bytes,
      amount: number("u128", 5),
      receiver_address: bytes,
      ...changes,
    };
    return struct(
      ["version", number("u8", 1)],
      ["sequence", number("u64", told)],
      ["source", struct(["chain_id", number("u128", aleoIds.chainId)], ["addr", user])],
      ["destination", struct(["chain_id", number("u128", to)], ["addr", bytes])],
      ["message", struct(...Object.entries(message))],
      ["height", number("u64", nodes.ledger.height() + 1)],
    );
  }

  test("are different now if the mapping or their block is", async () => {
    const { height } = nodes.publish();
    const [sighting] = await aleoSourceOf(view()).dispatchedIn(height, height);
    if (!sighting) throw new Error("the packet was not found");
    const source = aleoSourceOf(view());
    const difference = async (changes: object) => source.differenceNow({ ...sighting, ...changes }, height);
    expect(await difference({ dispatched: "{}" })).toMatch(/holds other fields/);
    expect(await difference({ block: { ...sighting.block, hash: "ab1" } })).toMatch(/has another hash/);
    expect(await difference({ block: { ...sighting.block, timestamp: 1 } })).toMatch(/has another time/);
    expect(await difference({ sequence: 100_000n })).toMatch(/does not hold it any more/);
  });
});

describe("the program", () => {
  test("has the mappings of a bridge", async () => {
    await aleoSourceOf(view()).check(1);
    await view().packetTarget({ bridge: aleoIds.program, sourceChainId: 2n }).check(1);
  });

  test("that is not there is refused", async () => {
    const target = view().packetTarget({ bridge: "nothing.aleo", sourceChainId: 2n });
    expect((await rejection("rpc_answer_unusable", target.check(1))).data.reason).toBe(
      "program: HTTP 500; is nothing.aleo the right name?",
    );
    node().behaviour = ({ path }) => (path === "program/nothing.aleo" ? { status: 404, text: "" } : undefined);
    expect((await rejection("contract_mismatch", target.check(1))).data.reason).toMatch(
      /is not there: correct its name/,
    );
  });

  test("that keeps something else is refused, naming the mapping", async () => {
    nodes.ledger.programs.set(
      "other.aleo",
      "program other.aleo;\n\nmapping sequences:\n    key as u8.public;\n    value as u64.public;\n",
    );
    const target = view().packetTarget({ bridge: "other.aleo", sourceChainId: 2n });
    expect((await rejection("contract_mismatch", target.check(1))).data.reason).toMatch(
      /has no mapping in_packet_consumed/,
    );
  });
});

describe("an answer that is none", () => {
  test.each([
    ["HTTP 500", { status: 500, text: "Something went wrong" }, "rpc_unreachable", "HTTP 500"],
    ["a redirect", { status: 302, text: "" }, "rpc_unreachable", "HTTP 302"],
    ["HTML", { status: 200, text: "<html>limit</html>" }, "rpc_answer_unusable", "block: the answer is not JSON"],
    [
      "a text for a height",
      { status: 200, json: "7" },
      "rpc_answer_unusable",
      "block: the answer must be a whole number",
    ],
    ["no such route", { status: 404, text: "" }, "rpc_answer_unusable", "it does not tell its height"],
  ] as const)("%s", async (_what, answer, code, reason) => {
    node().behaviour = () => answer;
    const error = await rejection(code, view().heads());
    expect(error.data).toEqual({ chain: "aleo", provider: "p0", reason });
    expect(error.stack).not.toContain(aleoSecretPath);
  });

  test("an answer of an older block proves no absence", async () => {
    const { height } = nodes.publish();
    const chain = view();
    await chain.heads();
    node().stalledAt = height - 1;
    const error = await rejection("rpc_answer_unusable", aleoSourceOf(chain).counterAt(height));
    expect(error.data.reason).toMatch(/the answer is of block \d+, before block \d+/);
  });

  test("a node that has had enough is left alone for as long as it says", async () => {
    node().behaviour = () => ({ status: 429, headers: { "retry-after": "30" }, text: "Too many requests" });
    const chain = view();
    await rejection("rpc_unreachable", chain.heads());
    const asked = node().requests.length;
    const error = await rejection("rpc_answer_unusable", chain.heads());
    expect(error.data.reason).toMatch(/HTTP 429, it is left alone/);
    expect(node().requests.length).toBe(asked);
  });

  test("a node without metadata is believed what it shows", async () => {
    node().behaviour = (_request, honest) => {
      const { json, ...rest } = honest();
      const isWrapped = typeof json === "object" && json !== null && "data" in json;
      return { ...rest, json: isWrapped ? json.data : json };
    };
    const { sequence, height } = nodes.publish();
    const source = aleoSourceOf(view());
    expect(await source.counterAt(height)).toBe(sequence);
    expect(await source.dispatchedIn(height, height)).toHaveLength(1);
  });
});

describe("a consumed packet", () => {
  test("is known by its number alone", async () => {
    const target = view(3).packetTarget({ bridge: aleoIds.program, sourceChainId: 2n });
    expect(await target.consumed(5n, nodes.ledger.height())).toBeUndefined();
    nodes.ledger.commit(nodes.now() + 1, [
      { program: aleoIds.program, mapping: "in_packet_consumed", key: "{chain_id:2u128,sequence:5u64}", value: "true" },
    ]);
    expect(await target.consumed(5n, nodes.ledger.height())).toEqual({ packetHash: undefined });
    expect(await target.consumedVote(5n, 0, nodes.ledger.height())).toBeUndefined();
  });

  test("takes a quorum, and who is a block behind is no liar", async () => {
    const disputes: unknown[] = [];
    const chain = view(3, {}, { dispute: (dispute) => disputes.push(dispute) });
    const target = chain.packetTarget({ bridge: aleoIds.program, sourceChainId: 2n });
    const before = nodes.ledger.height();
    nodes.ledger.commit(nodes.now() + 1, [
      { program: aleoIds.program, mapping: "in_packet_consumed", key: "{chain_id:2u128,sequence:6u64}", value: "true" },
    ]);
    const [first, second] = nodes.nodes;
    Object.assign(first ?? {}, { stalledAt: before });
    expect(await target.consumed(6n, before)).toEqual({ packetHash: undefined });
    Object.assign(second ?? {}, { stalledAt: before });
    expect(await target.consumed(6n, before)).toBeUndefined();
    expect(disputes).toEqual([]);
  });
});
