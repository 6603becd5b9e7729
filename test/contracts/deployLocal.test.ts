import { getAddress } from "ethers";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Artifacts, type Dispatch, deployBridgePair, sendTransfer } from "../../contracts/index.ts";
import { type Anvil, startAnvil } from "../support/anvil.ts";
import { testArtifacts } from "../support/artifacts.ts";
import { vote, wallets } from "./attesting.ts";
import { addressesOf, attested, dispatchedPacket, type SideUnderTest, sideUnderTest } from "./tokenServiceFixture.ts";

const receiver = "0xBd31ba048373A07bE0357B7Ad3182F4206c8064d";
/** Beyond 2^64, as bridge ids may be. */
const chainIds = [2n ** 100n + 1n, 2n ** 100n + 2n] as const;
const attestors = [wallets(3, 1), wallets(3, 11)] as const;
/** A chain that makes blocks by the clock, so that nothing here can lean on a block per transaction. */
const clockwork = ["--block-time", "1", "--slots-in-an-epoch", "1"];

let artifacts: Artifacts;
let anvils: readonly [Anvil, Anvil];
let sides: readonly [SideUnderTest, SideUnderTest];
beforeAll(async () => {
  artifacts = await testArtifacts();
  anvils = await Promise.all([
    startAnvil({ chainId: 31_001, args: clockwork }),
    startAnvil({ chainId: 31_002, args: clockwork }),
  ]);
  const pair = await deployBridgePair(artifacts, 2, [
    { deployer: anvils[0].account(0), chainId: chainIds[0], attestors: addressesOf(attestors[0]) },
    { deployer: anvils[1].account(1), chainId: chainIds[1], attestors: addressesOf(attestors[1]) },
  ]);
  sides = [
    sideUnderTest(artifacts, anvils[0], pair[0], attestors[0]),
    sideUnderTest(artifacts, anvils[1], pair[1], attestors[1]),
  ];
});
afterAll(() => Promise.all((anvils ?? []).map((anvil) => anvil.close())));

describe("a deployed pair", () => {
  test("names the block that created each bridge", async () => {
    for (const [index, { deployed }] of sides.entries()) {
      const { number, hash } = deployed.deploymentBlock;
      const provider = anvils[index]?.provider;
      expect((await provider?.getBlock(number))?.hash).toBe(hash);
      expect(await provider?.getCode(deployed.bridge, number - 1)).toBe("0x");
      expect(await provider?.getCode(deployed.bridge, number)).not.toBe("0x");
    }
  });

  test("stands crosswise: each side's destination, token and token service are the other's", async () => {
    for (const [here, there] of [sides, sides.toReversed()] as [SideUnderTest, SideUnderTest][]) {
      const { token, tokenService } = here.deployed;
      expect(await here.bridge.read("chainId")).toBe(here.deployed.chainId);
      expect(await here.bridge.read("destinationChainId")).toBe(there.deployed.chainId);
      expect(await here.bridge.read("quorumRequired")).toBe(2n);
      for (const { address } of here.attestors) expect(await here.bridge.read("isAttestor", address)).toBe(true);
      for (const { address } of there.attestors) expect(await here.bridge.read("isAttestor", address)).toBe(false);
      expect(await here.bridge.read("isRegisteredTokenService", tokenService)).toBe(true);
      expect(await here.tokenService.read("supportedTokens", token)).toEqual([
        true,
        there.deployed.token,
        there.deployed.tokenService,
      ]);
    }
  });

  test("spells every address in EIP-55, and none is used on both chains", () => {
    const used = sides.flatMap(({ deployed: { bridge, tokenService, holding, token } }) => [
      bridge,
      tokenService,
      holding,
      token,
    ]);
    expect(used.map((address) => getAddress(address.toLowerCase()))).toEqual(used);
    expect(new Set(used).size).toBe(8);
  });

  test("is refused with a quorum that is no majority", async () => {
    const plan = (anvil: Anvil, chainId: bigint, signers: (typeof attestors)[number]) => ({
      deployer: anvil.account(9),
      chainId,
      attestors: addressesOf(signers),
    });
    const plans = [plan(anvils[0], 1n, attestors[0]), plan(anvils[1], 2n, attestors[1])] as const;
    await expect(deployBridgePair(artifacts, 1, plans)).rejects.toThrow(/revert/);
  });
});

describe("transfers", () => {
  test("of one sender, sent at once both ways, each get a number and arrive", async () => {
    const dispatches = await Promise.all([send(0, 10n), send(0, 20n), send(0, 30n), send(1, 40n), send(1, 50n)]);

    const numbers = dispatches.map(({ sequence }) => sequence);
    expect(numbers.slice(0, 3).sort()).toEqual([1n, 2n, 3n]);
    expect(numbers.slice(3).sort()).toEqual([1n, 2n]);
    await arrive(0, 1, dispatches[1], 20n);
    await arrive(1, 0, dispatches[4], 50n);
  });

  test("carry amounts that no attestor may sign for", async () => {
    const { sequence } = await send(0, 2n ** 200n);
    expect(await sides[0].bridge.read("sequence")).toBe(sequence);
  });
});

test("a chain that makes blocks by the clock finalises them", async () => {
  await expect
    .poll(async () => (await anvils[0].provider.getBlock("finalized"))?.number ?? 0, { timeout: 10_000 })
    .toBeGreaterThan(0);
});

function send(from: 0 | 1, amount: bigint): Promise<Dispatch> {
  return sendTransfer(artifacts, sides[from].deployed, { sender: anvils[from].account(5), amount, receiver });
}

/** Takes a dispatch to the other chain: its place must be the one reported, and its attested packet must pay. */
async function arrive(from: 0 | 1, to: 0 | 1, dispatch: Dispatch | undefined, amount: bigint): Promise<void> {
  const receipt = await anvils[from].provider.getTransactionReceipt(dispatch?.transactionHash ?? "");
  const block = await receipt?.getBlock();
  expect(dispatch).toMatchObject({
    blockNumber: block?.number,
    blockHash: block?.hash,
    dispatchedAt: block?.timestamp,
  });
  if (!receipt) return;

  const packet = dispatchedPacket(sides[from], receipt);
  expect(packet).toMatchObject({ sequence: dispatch?.sequence, message: { amount, receiverAddress: receiver } });
  const side = sides[to];
  const signed = await attested(side, packet, vote.yea, vote.yea);
  await side.tokenService.send(anvils[to].account(6), "withdraw", packet, signed);
  expect(await side.token.read("balanceOf", receiver)).toBe(amount);
}
