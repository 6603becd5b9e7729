import { ZeroAddress } from "ethers";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { wallets } from "./attesting.ts";
import { type BridgeOnStage, bridgeOn, openStage, type Stage } from "./bridgeFixture.ts";
import { deploymentRefusal } from "./contractUnderTest.ts";

const newcomers = wallets(4, 101).map(({ address }) => address);
const [fourth = "", fifth = "", sixth = ""] = newcomers;

let stage: Stage;
let bridge: BridgeOnStage["bridge"];
let known: string[];
beforeAll(async () => {
  stage = await openStage();
});
afterAll(() => stage?.anvil.close());
beforeEach(async () => {
  const fixture = await bridgeOn(stage);
  bridge = fixture.bridge;
  known = fixture.attestors.map(({ address }) => address);
});

describe("the quorum at deployment", () => {
  test.each([
    { attestors: 0, quorum: 0, answer: "QuorumNotMajority" },
    { attestors: 0, quorum: 1, answer: "QuorumAboveAttestors" },
    { attestors: 1, quorum: 0, answer: "QuorumNotMajority" },
    { attestors: 1, quorum: 1, answer: "accepted" },
    { attestors: 2, quorum: 1, answer: "QuorumNotMajority" },
    { attestors: 2, quorum: 2, answer: "accepted" },
    { attestors: 3, quorum: 1, answer: "QuorumNotMajority" },
    { attestors: 3, quorum: 2, answer: "accepted" },
    { attestors: 3, quorum: 3, answer: "accepted" },
    { attestors: 3, quorum: 4, answer: "QuorumAboveAttestors" },
    { attestors: 4, quorum: 2, answer: "QuorumNotMajority" },
    { attestors: 4, quorum: 3, answer: "accepted" },
  ])("of $quorum among $attestors: $answer", async ({ attestors, quorum, answer }) => {
    expect(await deploying(newcomers.slice(0, attestors), quorum)).toBe(answer);
  });

  test("counts no attestor twice and no zero address", async () => {
    expect(await deploying([fourth, fifth, fourth], 2)).toBe("AttestorAlreadyKnown");
    expect(await deploying([fourth, fifth, ZeroAddress], 2)).toBe("ZeroAddress");
  });
});

describe("the attestors of a bridge", () => {
  test("are readable, with the quorum", async () => {
    expect(await Promise.all(known.map((address) => bridge.read("isAttestor", address)))).toEqual([true, true, true]);
    expect(await bridge.read("isAttestor", fourth)).toBe(false);
    expect(await bridge.read("isAttestor", ZeroAddress)).toBe(false);
    expect(await bridge.read("attestorCount")).toBe(3n);
    expect(await bridge.read("quorumRequired")).toBe(2n);
  });

  test("grow and shrink only with a quorum that is still more than half", async () => {
    expect(await bridge.refusal(stage.owner, "addAttestor", fourth, 2)).toBe("QuorumNotMajority");
    await bridge.send(stage.owner, "addAttestor", fourth, 3);
    expect(await bridge.refusal(stage.owner, "addAttestors", [fifth, sixth], 3)).toBe("QuorumNotMajority");
    await bridge.send(stage.owner, "addAttestors", [fifth, sixth], 4);
    expect(await bridge.read("attestorCount")).toBe(6n);

    expect(await bridge.refusal(stage.owner, "removeAttestor", sixth, 6)).toBe("QuorumAboveAttestors");
    expect(await bridge.refusal(stage.owner, "removeAttestor", sixth, 2)).toBe("QuorumNotMajority");
    await bridge.send(stage.owner, "removeAttestor", sixth, 5);
    expect(await bridge.read("isAttestor", sixth)).toBe(false);
    expect(await bridge.read("attestorCount")).toBe(5n);
    expect(await bridge.read("quorumRequired")).toBe(5n);
  });

  test("change their quorum only to more than half and no more than all", async () => {
    for (const [quorum, answer] of [
      [0, "QuorumNotMajority"],
      [1, "QuorumNotMajority"],
      [2, "accepted"],
      [3, "accepted"],
      [4, "QuorumAboveAttestors"],
      [2n ** 256n - 1n, "QuorumAboveAttestors"],
    ] as const) {
      expect(await bridge.refusal(stage.owner, "updateQuorum", quorum), `${quorum}`).toBe(answer);
    }
    const [event] = bridge.events(await bridge.send(stage.owner, "updateQuorum", 3));
    expect(event?.args.toObject()).toEqual({ oldQuorum: 2n, newQuorum: 3n });
  });

  test("are known once, and removed only when known", async () => {
    expect(await bridge.refusal(stage.owner, "addAttestor", known[0], 2)).toBe("AttestorAlreadyKnown");
    expect(await bridge.refusal(stage.owner, "addAttestor", ZeroAddress, 3)).toBe("ZeroAddress");
    expect(await bridge.refusal(stage.owner, "removeAttestor", fourth, 2)).toBe("AttestorUnknown");
  });

  test("change by the owner's hand only", async () => {
    expect(await bridge.refusal(stage.stranger, "addAttestor", fourth, 3)).toBe("NotOwner");
    expect(await bridge.refusal(stage.stranger, "addAttestors", [fourth], 3)).toBe("NotOwner");
    expect(await bridge.refusal(stage.stranger, "removeAttestor", known[0], 2)).toBe("NotOwner");
    expect(await bridge.refusal(stage.stranger, "updateQuorum", 3)).toBe("NotOwner");
  });
});

async function deploying(attestors: readonly string[], quorum: number): Promise<string> {
  const { artifacts, owner } = stage;
  return deploymentRefusal(artifacts.AttestedBridge, owner, await owner.getAddress(), 1n, 2n, attestors, quorum);
}
