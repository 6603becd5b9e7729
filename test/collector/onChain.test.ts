import { Contract, Interface, type Result, type TransactionReceipt } from "ethers";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Artifacts, type DeployedSide, deployBridgePair, sendTransfer } from "../../contracts/index.ts";
import type { VerdictResult } from "../../shared/digest/index.ts";
import { bridgeAbi, votes } from "../../shared/evm/index.ts";
import type { Packet } from "../../shared/packet/index.ts";
import { type Anvil, startAnvil } from "../support/anvil.ts";
import { testArtifacts } from "../support/artifacts.ts";
import { attestor, submission } from "./attestors.ts";
import { type CollectorUnderTest, startCollectorUnderTest } from "./collectorUnderTest.ts";

let anvil: Anvil;
let artifacts: Artifacts;
let source: DeployedSide;
let destination: DeployedSide;
let collector: CollectorUnderTest;

const receiver = "0xBd31ba048373A07bE0357B7Ad3182F4206c8064d";
const bridge = new Interface(bridgeAbi);

beforeAll(async () => {
  [artifacts, anvil] = await Promise.all([testArtifacts(), startAnvil({ chainId: 31_102 })]);
  const served = [0, 1, 2].map((index) => attestor(index).address);
  // both ends on one chain: the bridge tells them apart by its own chain ids
  [source, destination] = await deployBridgePair(artifacts, 2, [
    { deployer: anvil.account(0), chainId: 11n, attestors: served },
    { deployer: anvil.account(1), chainId: 22n, attestors: served },
  ]);
  collector = await startCollectorUnderTest([
    {
      deployment: "alpha",
      source: { chainId: source.chainId, family: "evm", tokenService: source.tokenService },
      destination: {
        chainId: destination.chainId,
        family: "evm",
        tokenService: destination.tokenService,
        bridge: destination.bridge,
      },
      scheme: "verulink-evm",
      quorum: 2,
      attestors: served,
    },
  ]);
});
afterAll(async () => {
  await collector?.close();
  await anvil?.close();
});

/** Dispatches a packet on the source side and reads it from the chain's event. */
async function dispatch(amount: bigint): Promise<Packet> {
  const { transactionHash } = await sendTransfer(artifacts, source, { sender: anvil.account(2), amount, receiver });
  const receipt = await anvil.provider.getTransactionReceipt(transactionHash);
  const { packet } = eventIn(receipt, source.bridge, "PacketDispatched");
  return {
    version: Number(packet.version),
    sequence: packet.sequence,
    source: { chainId: packet.sourceTokenService.chainId, address: packet.sourceTokenService.addr },
    destination: { chainId: packet.destTokenService.chainId, address: packet.destTokenService.addr },
    message: {
      senderAddress: packet.message.senderAddress,
      destTokenAddress: packet.message.destTokenAddress,
      amount: packet.message.amount,
      receiverAddress: packet.message.receiverAddress,
    },
    height: packet.height,
  };
}

function eventIn(receipt: TransactionReceipt | null, address: string, name: string): Result {
  const logs = receipt?.logs.filter((log) => log.address === address) ?? [];
  const event = logs.map((log) => bridge.parseLog(log)).find((parsed) => parsed?.name === name);
  if (!event) throw new Error(`there is no ${name}`);
  return event.args;
}

/** Hands in one vote each and sends the call that the collector then gives out; what the bridge made of it. */
async function execute(packet: Packet, verdicts: readonly VerdictResult[]): Promise<string | undefined> {
  for (const [index, verdict] of verdicts.entries()) {
    const answer = await collector.postAs(index, "/v1/attestations", submission(packet, verdict, attestor(index)));
    expect(answer.status).toBe(201);
  }
  const { body } = await collector.read(`/v1/packets/11/22/${packet.sequence}`);
  const sent = await anvil.account(3).sendTransaction({ to: body.call.to, data: body.call.data, gasLimit: 1_000_000n });
  const consumed = eventIn(await sent.wait(), destination.bridge, "Consumed");
  expect(consumed.packetHash).toBe(body.attestations.at(-1)?.packetHash);
  return votes[Number(consumed.vote)];
}

function balanceOf(holder: string): Promise<bigint> {
  return new Contract(destination.token, artifacts.TestToken.abi, anvil.provider).getFunction("balanceOf")(holder);
}

describe("the call that the collector gives out, sent to a real chain", () => {
  it("pays the receiver when the attestors say white", async () => {
    const before = await balanceOf(receiver);
    expect(await execute(await dispatch(1_000n), ["white", "white", "white"])).toBe("white");
    expect((await balanceOf(receiver)) - before).toBe(1_000n);
  });

  it("locks the amount when the attestors say flagged", async () => {
    const before = await balanceOf(destination.holding);
    expect(await execute(await dispatch(2_000n), ["flagged", "flagged"])).toBe("flagged");
    expect((await balanceOf(destination.holding)) - before).toBe(2_000n);
  });

  it.each([
    ["white", ["white", "flagged", "white"]],
    ["flagged", ["flagged", "flagged", "white"]],
  ] as const)("is executed as %s although one attestor dissents", async (result, verdicts) => {
    expect(await execute(await dispatch(3_000n), verdicts)).toBe(result);
  });
});
