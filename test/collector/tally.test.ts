import { describe, expect, it } from "vitest";
import type { RegisteredRoute } from "../../collector/config.ts";
import type { KnownPacket, PacketRecord, Statement } from "../../collector/store/index.ts";
import { type TallyStatus, tally, winningVotes } from "../../collector/tally.ts";
import type { Hex, VerdictResult } from "../../shared/digest/index.ts";
import { attestor, attestors, digestOf, packetHashOf } from "./attestors.ts";
import { aleoChain, aleoService, evmBridge, evmChain, evmService, packet } from "./packets.ts";

function route(count: number, quorum: number): RegisteredRoute {
  return {
    deployment: "alpha",
    source: { chainId: aleoChain, family: "aleo", tokenService: aleoService },
    destination: { chainId: evmChain, family: "evm", tokenService: evmService, bridge: evmBridge },
    scheme: "verulink-evm",
    quorum,
    attestors: attestors.slice(0, count).map(({ address }) => address),
    successors: [],
  };
}

const id = { deployment: "alpha", source: aleoChain, destination: evmChain, sequence: 1n };
const contents = { true: packet(1), lie: packet(1, { height: 9n }), unknown: packet(1, { height: 8n }) };
type Content = keyof typeof contents;

function known(content: Content): KnownPacket {
  const about = contents[content];
  return {
    packet: about,
    packetHash: packetHashOf(about) as Hex,
    digests: { white: digestOf(about, "white"), flagged: digestOf(about, "flagged") },
  };
}

/** One entry an attestor, in order: what it signed, or undefined for nothing. */
type Signed = ([Content, VerdictResult] | undefined)[];

function record(signed: Signed, packets: readonly Content[] = ["true", "lie"]): PacketRecord {
  const statements = signed.flatMap((entry, index): Statement[] => {
    if (!entry) return [];
    const digest = digestOf(contents[entry[0]], entry[1]);
    return [{ id, signer: attestor(index).address, digest, signature: "0x", claims: undefined, receivedAt: 0 }];
  });
  return { id, position: 1, packets: packets.map(known), statements };
}

const white: [Content, VerdictResult] = ["true", "white"];
const flagged: [Content, VerdictResult] = ["true", "flagged"];
const lie: [Content, VerdictResult] = ["lie", "white"];
const unknown: [Content, VerdictResult] = ["unknown", "white"];

describe("the tally", () => {
  const cases: [string, number, number, Signed, TallyStatus, [number, number, number]][] = [
    ["2 of 3, one vote", 3, 2, [white], "collecting", [1, 0, 0]],
    ["2 of 3, two equal votes", 3, 2, [white, undefined, white], "quorum", [2, 0, 0]],
    ["2 of 3, two equal votes against", 3, 2, [flagged, flagged], "quorum", [0, 2, 0]],
    ["2 of 3, one each", 3, 2, [white, flagged], "collecting", [1, 1, 0]],
    ["2 of 3, one each and a lie", 3, 2, [white, flagged, lie], "split", [1, 1, 1]],
    ["2 of 3, two for the lie", 3, 2, [lie, white, lie], "quorum", [2, 0, 1]],
    ["2 of 3, two for an unknown content", 3, 2, [white, unknown, unknown], "collecting", [1, 0, 2]],
    ["3 of 5, 2 against 2", 5, 3, [white, white, flagged, flagged], "collecting", [2, 2, 0]],
    ["3 of 5, 2 against 2 and a lie", 5, 3, [white, white, flagged, flagged, lie], "split", [2, 2, 1]],
    ["3 of 5, 1 against 1, 1 and 1", 5, 3, [white, flagged, lie, unknown], "split", [1, 1, 2]],
    ["3 of 3, one dissenter", 3, 3, [white, flagged], "split", [1, 1, 0]],
    ["3 of 4, 2 against 2", 4, 3, [white, white, flagged, flagged], "split", [2, 2, 0]],
    ["1 of 1", 1, 1, [white], "quorum", [1, 0, 0]],
    ["nobody", 3, 2, [], "collecting", [0, 0, 0]],
  ];
  it.each(cases)("%s (of %i, quorum %i)", (_what, count, quorum, signed, status, [yes, no, other]) => {
    const counted = tally(route(count, quorum), record(signed));
    expect(counted).toMatchObject({ status, counts: { white: yes, flagged: no, other } });
    expect(counted?.verdict === undefined).toBe(status !== "quorum");
  });

  it("is nothing while no content is known", () => {
    expect(tally(route(3, 2), record([white, white], []))).toBeUndefined();
  });

  it("shows the content that most attestors signed, of equals the first known", () => {
    const shown = (signed: Signed, packets?: readonly Content[]) =>
      tally(route(5, 3), record(signed, packets))?.packet.packet.height;
    expect(shown([lie, white])).toBe(contents.true.height);
    expect(shown([lie, white], ["lie", "true"])).toBe(contents.lie.height);
    expect(shown([lie, white, lie])).toBe(contents.lie.height);
    expect(shown([lie, white, flagged])).toBe(contents.true.height);
  });

  it("counts only attestors that the route has today: a contract refuses a call with a signature it does not know", () => {
    const all = record([white, white, white, flagged]);
    expect(tally(route(4, 3), all)).toMatchObject({ status: "quorum", counts: { white: 3, flagged: 1 } });
    const fewer = tally(route(2, 2), all);
    expect(fewer).toMatchObject({ status: "quorum", counts: { white: 2, flagged: 0, other: 0 } });
    expect(fewer?.votes.map(({ statement }) => statement.signer)).toEqual([attestor(0).address, attestor(1).address]);
  });

  it("counts two keys of one attestor as one voice: the one that has the packet's sequence", () => {
    const rotated = (fromSequence: bigint) => ({
      ...route(3, 2),
      successors: [{ attestor: attestor(3).address, succeeds: attestor(0).address, fromSequence }],
    });
    const both = record([white, undefined, undefined, white]);
    expect(tally(rotated(2n), both)).toMatchObject({ status: "collecting", counts: { white: 1 } });
    expect(tally(rotated(2n), both)?.votes[0]?.statement.signer).toBe(attestor(0).address);
    expect(tally(rotated(1n), both)?.votes[0]?.statement.signer).toBe(attestor(3).address);
    expect(tally(rotated(1n), record([flagged, white, undefined, white]))).toMatchObject({ status: "quorum" });
  });

  it("wins with the votes for the same content and verdict only", () => {
    const counted = tally(route(5, 3), record([white, lie, white, flagged, white]));
    expect(counted && winningVotes(counted).map(({ statement }) => statement.signer)).toEqual(
      [0, 2, 4].map((index) => attestor(index).address),
    );
  });
});
