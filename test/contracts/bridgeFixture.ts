import type { NonceManager, Wallet } from "ethers";
import type { Artifacts } from "../../contracts/index.ts";
import { type Anvil, startAnvil } from "../support/anvil.ts";
import { testArtifacts } from "../support/artifacts.ts";
import { wallets } from "./attesting.ts";
import { type ContractUnderTest, deploy, nameErrorsOf } from "./contractUnderTest.ts";

/** A fresh Anvil and the accounts that tests give a part to. */
export interface Stage {
  readonly anvil: Anvil;
  readonly artifacts: Artifacts;
  readonly owner: NonceManager;
  /** An ordinary account registered as token service, so that a test can send any packet. */
  readonly service: NonceManager;
  readonly stranger: NonceManager;
}

export async function openStage(): Promise<Stage> {
  const [artifacts, anvil] = await Promise.all([testArtifacts(), startAnvil({ chainId: 31_001 })]);
  nameErrorsOf(artifacts);
  return { anvil, artifacts, owner: anvil.account(0), service: anvil.account(1), stranger: anvil.account(2) };
}

export interface BridgeOnStage {
  readonly bridge: ContractUnderTest;
  /** Three attestors in ascending order; the quorum is two. */
  readonly attestors: readonly [Wallet, Wallet, Wallet];
}

/** A bridge on chain 1 to chain 2. */
export async function bridgeOn({ artifacts, owner, service }: Stage): Promise<BridgeOnStage> {
  const [first, second, third] = wallets(3, 1);
  if (!first || !second || !third) throw new Error("There are three wallets");
  const addresses = [first.address, second.address, third.address];
  const bridge = await deploy(artifacts.AttestedBridge, owner, await owner.getAddress(), 1n, 2n, addresses, 2);
  await bridge.send(owner, "addTokenService", await service.getAddress());
  return { bridge, attestors: [first, second, third] };
}
