import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import {
  accountAddress,
  type ChainConnection,
  chainProgram,
  connectChain,
  roles,
} from "../../../cli/up/localChains.ts";
import { type NetworkPlan, planNetwork } from "../../../cli/up/plan.ts";
import { compileContracts, type DeployedSide, deployBridgePair, sendTransfer } from "../../../contracts/index.ts";
import { parseJson, stringifyJson } from "../../../shared/json/index.ts";
import { run } from "./machine.ts";

const folder = "/var/lib/local-bridge";
const sidesFile = path.join(folder, "sides.json");

/** Two Anvil nodes, as units of their own: they come back after a reboot too, with the blocks that they had. */
export const plan: NetworkPlan = planNetwork(folder, 18_400);

export interface Bridge {
  readonly connections: readonly [ChainConnection, ChainConnection];
  readonly sides: readonly [DeployedSide, DeployedSide];
}

export async function startBridge(attestors: readonly [string, string]): Promise<Bridge> {
  mkdirSync(path.dirname(plan.chains[0].stateFile), { recursive: true });
  for (const chain of plan.chains) {
    const { command } = chainProgram(chain, "");
    const service = `[Service]\nExecStart=${command.map((word) => `"${word}"`).join(" ")}\n`;
    const unit = `local-chain-${chain.name}.service`;
    writeFileSync(`/etc/systemd/system/${unit}`, `${service}[Install]\nWantedBy=multi-user.target\n`);
    run("systemctl", "enable", "--now", unit);
  }
  const connections = await connect();
  const artifacts = await compileContracts(plan.contractsCache);
  const [one, two] = plan.chains;
  const sides = await deployBridgePair(artifacts, 1, [
    { deployer: connections[0].account(roles.deployerAlpha), chainId: one.chainId, attestors: [attestors[0]] },
    { deployer: connections[1].account(roles.deployerBeta), chainId: two.chainId, attestors: [attestors[1]] },
  ]);
  writeFileSync(sidesFile, stringifyJson(sides));
  return { connections, sides };
}

/** The bridge that {@link startBridge} made, after a reboot for example. */
export async function findBridge(): Promise<Bridge> {
  const [one, two] = parseJson(readFileSync(sidesFile, "utf8")) as [DeployedSide, DeployedSide];
  const side = (stored: DeployedSide) => ({ ...stored, chainId: BigInt(stored.chainId) });
  return { connections: await connect(), sides: [side(one), side(two)] };
}

async function connect(): Promise<[ChainConnection, ChainConnection]> {
  return [await connectChain(plan.chains[0]), await connectChain(plan.chains[1])];
}

/** @returns the number of the packet that it sent from the first chain to the second. */
export async function sendPacket({ connections: [from], sides: [side] }: Bridge): Promise<bigint> {
  const artifacts = await compileContracts(plan.contractsCache);
  const receiver = accountAddress(roles.user);
  const { sequence } = await sendTransfer(artifacts, side, { sender: from.account(roles.user), amount: 5n, receiver });
  return sequence;
}
