import { type BaseContract, ContractFactory, type NonceManager, type TransactionReceipt } from "ethers";
import type { Artifacts, ContractName } from "./compileContracts.ts";
import { receiptOf } from "./receipts.ts";

/** More than any call here uses. Given by hand: a call cannot be estimated before the contract it calls is mined. */
const callGas = 500_000n;
/** What each token service can pay out from the start, in the token's smallest unit. */
const liquidity = 10n ** 30n;

/** One end of the bridge to build. */
export interface SidePlan {
  /**
   * A funded account with its provider, used by no one else meanwhile. Give the two sides different accounts: the same
   * account would get the same contract addresses on both chains, and a mix-up of sides would pass unnoticed.
   */
  readonly deployer: NonceManager;
  /** The bridge's id of this chain (not the EVM chain id). */
  readonly chainId: bigint;
  /** Addresses of the attestors' keys for packets that arrive *here*. */
  readonly attestors: readonly string[];
}

/** One end as deployed; every address in EIP-55. */
export interface DeployedSide {
  readonly chainId: bigint;
  readonly bridge: string;
  readonly tokenService: string;
  readonly holding: string;
  readonly token: string;
  /** The block that holds the bridge's creation: no packet is older. */
  readonly deploymentBlock: { readonly number: number; readonly hash: string };
}

interface CreatedSide {
  readonly chainId: bigint;
  readonly contracts: Readonly<Record<ContractName, BaseContract>>;
  readonly addresses: Omit<DeployedSide, "chainId" | "deploymentBlock">;
}

/**
 * Deploys a bridge between two local chains, in both directions: bridge, token service, holding and token on each, the
 * two tokens and services wired to each other, each service with tokens to pay from. `quorum` applies on both sides.
 * Everything is sent before anything is waited for, so that a chain with slow blocks needs one or two of them. Throws
 * when a transaction reverts, for one because the quorum is not a majority.
 */
export async function deployBridgePair(
  artifacts: Artifacts,
  quorum: number,
  plans: readonly [SidePlan, SidePlan],
): Promise<[DeployedSide, DeployedSide]> {
  const [first, second] = await Promise.all([
    create(artifacts, quorum, plans[0], plans[1].chainId),
    create(artifacts, quorum, plans[1], plans[0].chainId),
  ]);
  return Promise.all([wire(first, second.addresses), wire(second, first.addresses)]);
}

/** The other end of a bridge, where that is no contract of ours: its names as packets and contracts spell them. */
export interface RemoteEnd {
  readonly chainId: bigint;
  readonly tokenService: string;
  readonly token: string;
}

/** Deploys one end as {@link deployBridgePair} does, wired to an end that is there already. */
export async function deployBridgeTo(
  artifacts: Artifacts,
  quorum: number,
  plan: SidePlan,
  { chainId, tokenService, token }: RemoteEnd,
): Promise<DeployedSide> {
  return wire(await create(artifacts, quorum, plan, chainId), { tokenService, token });
}

async function create(
  artifacts: Artifacts,
  quorum: number,
  plan: SidePlan,
  otherChainId: bigint,
): Promise<CreatedSide> {
  const { deployer, chainId, attestors } = plan;
  const owner = await deployer.getAddress();
  const deploy = (name: ContractName, ...parameters: unknown[]): Promise<BaseContract> =>
    new ContractFactory(artifacts[name].abi, artifacts[name].bytecode, deployer).deploy(...parameters);

  const AttestedBridge = await deploy("AttestedBridge", owner, chainId, otherChainId, attestors, quorum);
  const TokenService = await deploy("TokenService", owner, AttestedBridge, chainId, otherChainId);
  const Holding = await deploy("Holding", TokenService);
  const TestToken = await deploy("TestToken", "Local test token", "LTT");

  // ethers computes a contract's address in EIP-55, the spelling that the wired texts must have.
  const addresses = {
    bridge: await AttestedBridge.getAddress(),
    tokenService: await TokenService.getAddress(),
    holding: await Holding.getAddress(),
    token: await TestToken.getAddress(),
  };
  return { chainId, contracts: { AttestedBridge, TokenService, Holding, TestToken }, addresses };
}

async function wire(
  { chainId, contracts, addresses }: CreatedSide,
  other: Pick<RemoteEnd, "tokenService" | "token">,
): Promise<DeployedSide> {
  const { tokenService, holding, token } = addresses;
  const call = async (name: ContractName, method: string, ...parameters: unknown[]): Promise<TransactionReceipt> => {
    const send = contracts[name].getFunction(method).send;
    return receiptOf(await send(...parameters, { gasLimit: callGas }), `${name}.${method}`);
  };

  const [creation] = await Promise.all([
    creationOf("AttestedBridge", contracts),
    creationOf("TokenService", contracts),
    creationOf("Holding", contracts),
    creationOf("TestToken", contracts),
    call("AttestedBridge", "addTokenService", tokenService),
    call("TokenService", "setHolding", holding),
    call("TokenService", "addToken", token, other.token, other.tokenService),
    call("TestToken", "mint", tokenService, liquidity),
  ]);
  return { chainId, ...addresses, deploymentBlock: { number: creation.blockNumber, hash: creation.blockHash } };
}

async function creationOf(name: ContractName, contracts: CreatedSide["contracts"]): Promise<TransactionReceipt> {
  const transaction = contracts[name].deploymentTransaction();
  if (!transaction) throw new Error(`${name} has no deployment transaction`);
  return receiptOf(transaction, `deploy ${name}`);
}
