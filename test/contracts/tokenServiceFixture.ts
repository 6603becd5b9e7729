import { Interface, type TransactionReceipt, type Wallet } from "ethers";
import { type Artifacts, type DeployedSide, deployBridgePair } from "../../contracts/index.ts";
import type { Anvil } from "../support/anvil.ts";
import { ascending, signatures, wallets } from "./attesting.ts";
import type { Stage } from "./bridgeFixture.ts";
import { type ContractUnderTest, contractUnderTest } from "./contractUnderTest.ts";
import type { InPacket, OutPacket } from "./packets.ts";

export interface SideUnderTest {
  readonly deployed: DeployedSide;
  readonly bridge: ContractUnderTest;
  readonly tokenService: ContractUnderTest;
  readonly holding: ContractUnderTest;
  readonly token: ContractUnderTest;
  readonly attestors: readonly Wallet[];
}

/** Two bridge ends, chains 1 and 2, which may as well stand on one Anvil: each end only sees packets. */
export async function pairOn({ artifacts, anvil }: Stage): Promise<[SideUnderTest, SideUnderTest]> {
  const attestors = [wallets(3, 1), wallets(3, 11)] as const;
  const pair = await deployBridgePair(artifacts, 2, [
    { deployer: anvil.account(3), chainId: 1n, attestors: addressesOf(attestors[0]) },
    { deployer: anvil.account(4), chainId: 2n, attestors: addressesOf(attestors[1]) },
  ]);
  return [
    sideUnderTest(artifacts, anvil, pair[0], attestors[0]),
    sideUnderTest(artifacts, anvil, pair[1], attestors[1]),
  ];
}

export function addressesOf(signers: readonly Wallet[]): string[] {
  return signers.map(({ address }) => address);
}

export function sideUnderTest(
  artifacts: Artifacts,
  anvil: Anvil,
  deployed: DeployedSide,
  attestors: readonly Wallet[],
): SideUnderTest {
  const reader = anvil.account(0);
  return {
    deployed,
    attestors,
    bridge: contractUnderTest(deployed.bridge, artifacts.AttestedBridge, reader),
    tokenService: contractUnderTest(deployed.tokenService, artifacts.TokenService, reader),
    holding: contractUnderTest(deployed.holding, artifacts.Holding, reader),
    token: contractUnderTest(deployed.token, artifacts.TestToken, reader),
  };
}

/** The packet of a receipt, as the chain that it reaches takes it: equal values, texts and addresses change places. */
export function dispatchedPacket(side: SideUnderTest, receipt: TransactionReceipt): InPacket {
  const [event] = side.bridge.events(receipt);
  if (event?.name !== "PacketDispatched") throw new Error("No packet was dispatched");
  return event.args.packet.toObject(true) as OutPacket;
}

/** Signatures of the side's first attestors, in order, one per vote byte. */
export function attested(side: SideUnderTest, packet: InPacket, ...votes: readonly bigint[]): Promise<string> {
  const signers = ascending(side.attestors).slice(0, votes.length);
  return signatures(packet, ...signers.map((signer, index): [Wallet, bigint] => [signer, votes[index] ?? 0n]));
}

/** Call data of `withdraw`, for a call that a contract makes. */
export function withdrawData({ artifacts }: Stage, packet: InPacket, signed: string): string {
  return new Interface(artifacts.TokenService.abi).encodeFunctionData("withdraw", [packet, signed]);
}

/** Call data of `transfer`, for a call that a contract makes. */
export function transferData({ artifacts }: Stage, token: string, amount: bigint, receiver: string): string {
  return new Interface(artifacts.TokenService.abi).encodeFunctionData("transfer", [token, amount, receiver]);
}
