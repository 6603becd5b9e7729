import path from "node:path";
import { SigningKey, Wallet } from "ethers";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { openLedger, StandInBridge } from "../../../cli/up/aleoStandIn/index.ts";
import { verulinkAleoEcdsa } from "../../../shared/aleo/index.ts";
import type { VerdictResult } from "../../../shared/digest/index.ts";
import type { Packet } from "../../../shared/packet/index.ts";
import { refusal } from "../../shared/refusal.ts";
import { temporaryFolder } from "../../shared/temporaryFolder.ts";
import {
  type AleoNodes,
  aleoIds,
  aleoSecretPath,
  aleoService,
  aleoUser,
  evmService,
  evmUser,
  startAleoNodes,
} from "../../support/aleo/nodes.ts";

const keys = [1, 2, 3].map((index) => `0x${`a${index}`.repeat(32)}`);
const attestors = keys.map((key) => new Wallet(key).address);

let nodes: AleoNodes;
beforeAll(async () => {
  nodes = await startAleoNodes(2, { attestors });
  nodes.publish();
});
afterAll(() => nodes.close());

async function get(where: string, index = 0) {
  const response = await fetch(`${nodes.nodes[index]?.url}/testnet/${where}`);
  return { status: response.status, body: await response.text() };
}
const mapping = (key: string) => `program/${aleoIds.program}/mapping/out_packets/${key}`;

/** As snarkOS and the development node answer. */
describe("a node of the stand-in", () => {
  test("tells its height as a number, under one of two routes", async () => {
    const height = `${nodes.ledger.height()}`;
    expect(await get("block/height/latest")).toEqual({ status: 200, body: height });
    expect((await get("latest/height")).status).toBe(404);
    expect(await get("latest/height", 1)).toEqual({ status: 200, body: height });
  });

  test("shows a value as one JSON text, one member or element a line, with its height if that is asked for", async () => {
    const value = JSON.parse((await get(mapping("{chain_id:2u128,sequence:1u64}"))).body) as string;
    const lines = value.split("\n");
    expect(lines.slice(0, 4)).toEqual(["{", "  version: 1u8,", "  sequence: 1u64,", "  source: {"]);
    expect(lines.filter((line) => line === "      0u8,").length).toBeGreaterThanOrEqual(3 * 12);
    expect(lines.at(-1)).toBe("}");
    const wrapped = await get(`${mapping("%7Bchain_id:2u128,sequence:1u64%7D")}?metadata=true`);
    expect(JSON.parse(wrapped.body)).toEqual({ data: value, height: nodes.ledger.height() });
  });

  test("answers null for what is not there", async () => {
    expect(await get(mapping("{chain_id:2u128,sequence:99u64}"))).toEqual({ status: 200, body: "null" });
    expect((await get("program/nothing.aleo/mapping/out_packets/1u8")).body).toBe("null");
  });

  test("answers 500 to a malformed key, a block to come and a program that is not there, and 404 to an unknown route", async () => {
    expect(await get(mapping("{chain_id:"))).toMatchObject({ status: 500, body: expect.stringContaining("Something") });
    expect((await get("nothing/here")).status).toBe(404);
    expect((await get("block/100000")).status).toBe(500);
    expect((await get("program/nothing.aleo")).status).toBe(500);
    const [node] = nodes.nodes;
    expect((await fetch((node?.url ?? "").replace(aleoSecretPath, ""))).status).toBe(404);
  });

  test("shows blocks that descend from one another", async () => {
    const block = JSON.parse((await get("block/1")).body);
    expect(block).toMatchObject({
      block_hash: expect.stringMatching(/^ab1/),
      previous_hash: nodes.ledger.block(0)?.hash,
      header: { metadata: { network: 1, height: 1, timestamp: nodes.ledger.block(1)?.timestamp } },
    });
  });

  test("stalls where it is told to, with everything that came later", async () => {
    const [node] = nodes.nodes;
    if (!node) throw new Error("there is no node");
    node.stalledAt = nodes.ledger.height();
    const { sequence } = nodes.publish();
    expect((await get("block/height/latest")).body).toBe(`${nodes.ledger.height() - 1}`);
    const key = mapping(`{chain_id:2u128,sequence:${sequence}u64}`);
    expect([(await get(key)).body, (await get(key, 1)).body === "null"]).toEqual(["null", false]);
    node.stalledAt = undefined;
  });
});

test("the ledger is the same after a start from its journal", () => {
  const journal = path.join(temporaryFolder(), "aleo.jsonl");
  const first = openLedger("testnet", "local", journal);
  first.commit(1_800_000_000, [{ program: "a.aleo", mapping: "m", key: "1u8", value: "2u8" }]);
  first.commit(1_800_000_003);
  const again = openLedger("testnet", "local", journal);
  expect([again.height(), again.block(2)]).toEqual([2, first.block(2)]);
  expect(again.read("a.aleo", "m", "1u8", 2)).toBe("2u8");
  expect(again.read("a.aleo", "m", "1u8", 0)).toBeUndefined();
});

describe("its bridge consumes a packet", () => {
  const packet = (sequence: bigint, changes: Partial<Packet> = {}): Packet => ({
    version: 1,
    sequence,
    source: { chainId: aleoIds.evmChainId, address: evmService },
    destination: { chainId: aleoIds.chainId, address: aleoService },
    message: { destTokenAddress: "5field", senderAddress: evmUser, amount: 9n, receiverAddress: aleoUser },
    height: 7n,
    ...changes,
  });
  const digestOf = verulinkAleoEcdsa({ network: aleoIds.network, program: aleoIds.program });
  const signed = (by: readonly number[], content: Packet, verdict: VerdictResult) =>
    by.map((index) => new SigningKey(keys[index] ?? "").sign(digestOf(content, verdict).digest).serialized);
  const consume = (content: Packet, verdict: VerdictResult, signatures: readonly string[]) =>
    nodes.bridge.consume(content, verdict, signatures, nodes.now() + 1);

  test("that a quorum of registered attestors signed, once", () => {
    const content = packet(1n);
    const signatures = signed([0, 2], content, "flagged");
    consume(content, "flagged", signatures);
    const key = "{chain_id:2u128,sequence:1u64}";
    expect(nodes.ledger.read(aleoIds.program, "in_packet_consumed", key, nodes.ledger.height())).toBe("true");
    expect(refusal("conflict", () => consume(content, "flagged", signatures)).message).toMatch(/consumed already/);
  });

  test.each<[string, () => unknown, RegExp]>([
    ["one signature", () => consume(packet(2n), "white", signed([0], packet(2n), "white")), /1 registered attestors/],
    ["one signer twice", () => consume(packet(2n), "white", signed([0, 0], packet(2n), "white")), /1 registered/],
    ["another verdict", () => consume(packet(2n), "white", signed([0, 1], packet(2n), "flagged")), /0 registered/],
    ["another packet", () => consume(packet(2n), "white", signed([0, 1], packet(3n), "white")), /0 registered/],
    [
      "another version",
      () => consume(packet(2n, { version: 2 }), "white", signed([0, 1], packet(2n, { version: 2 }), "white")),
      /not for this program/,
    ],
  ])("and rejects one with %s", (_what, attempt, reason) => {
    expect(refusal("conflict", attempt).message).toMatch(reason);
  });

  test("is made for a program of any name", () => {
    const ledger = openLedger("canary", "other");
    new StandInBridge(ledger, { program: "other.aleo", chainId: 9n, service: aleoService, attestors, threshold: 2 });
    expect(ledger.programs.get("other.aleo")).toMatch(/^program other.aleo;\n/);
  });
});
