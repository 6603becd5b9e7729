import { mkdirSync, rmSync } from "node:fs";
import path from "node:path";
import { type Artifacts, type DeployedSide, deployBridgePair, deployBridgeTo } from "../../contracts/index.ts";
import { issueCertificates } from "./certificates.ts";
import { configFile, writeConfigs, writePolicies } from "./configs.ts";
import { type ChainConnection, roles } from "./localChains.ts";
import { type AttestorKeys, type Network, writeNetwork } from "./network.ts";
import type { NetworkPlan } from "./plan.ts";
import { createLedger, createToken } from "./tokens.ts";

/** Empties the network's folder: a first start that broke off half-way leaves nothing to build on. */
export function clearFolder(plan: NetworkPlan): void {
  rmSync(plan.folder, { recursive: true, force: true });
}

export function prepareFolder(plan: NetworkPlan): void {
  mkdirSync(plan.logs, { recursive: true, mode: 0o700 });
  for (const chain of plan.chains) mkdirSync(path.dirname(chain.stateFile), { recursive: true });
}

/** Makes what needs no chain: certificates with their pins, tokens with their keys. */
export async function createIdentities(plan: NetworkPlan): Promise<AttestorKeys[]> {
  const [keys] = await Promise.all([
    Promise.all(plan.attestors.map((attestor) => createToken(attestor, plan.aleo !== undefined))),
    issueCertificates(plan),
  ]);
  return keys;
}

/** Deploys both bridges with the attestors' addresses, one set per destination chain. */
export async function deploy(
  plan: NetworkPlan,
  artifacts: Artifacts,
  connections: readonly [ChainConnection, ChainConnection],
  keys: readonly AttestorKeys[],
): Promise<[DeployedSide, DeployedSide]> {
  return deployBridgePair(artifacts, plan.quorum, [
    {
      deployer: connections[0].account(roles.deployerAlpha),
      chainId: plan.chains[0].chainId,
      attestors: keys.map(({ alpha }) => alpha.address),
    },
    {
      deployer: connections[1].account(roles.deployerBeta),
      chainId: plan.chains[1].chainId,
      attestors: keys.map(({ beta }) => beta.address),
    },
  ]);
}

/** Deploys the contracts on alpha that are connected with Aleo. */
export async function deployAleoSide(
  plan: NetworkPlan,
  artifacts: Artifacts,
  [alpha]: readonly [ChainConnection, ChainConnection],
  keys: readonly AttestorKeys[],
): Promise<DeployedSide | undefined> {
  if (!plan.aleo) return undefined;
  const { chainId, service: tokenService, token } = plan.aleo;
  return deployBridgeTo(
    artifacts,
    plan.quorum,
    {
      deployer: alpha.account(roles.deployerAlpha),
      chainId: plan.chains[0].chainId,
      attestors: keys.flatMap(({ alphaFromAleo }) => alphaFromAleo?.address ?? []),
    },
    { chainId, tokenService, token },
  );
}

/** Writes each signer's first policy and creates its ledger, once, and records the network as complete. */
export async function finishNetwork(plan: NetworkPlan, network: Network): Promise<void> {
  writeConfigs(plan, network);
  writePolicies(plan, network);
  await Promise.all(plan.attestors.map((attestor) => createLedger(attestor, configFile.signer(attestor))));
  writeNetwork(plan.networkFile, network);
}
