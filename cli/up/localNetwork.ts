import { writeFileSync } from "node:fs";
import path from "node:path";
import { type Artifacts, compileContracts } from "../../contracts/index.ts";
import { AttestorError } from "../../shared/errors/index.ts";
import { connectDevnode, devnodeProgram } from "./aleoNode.ts";
import type { AleoPlan } from "./aleoPlan.ts";
import { type AleoUsers, connectAleo, standInProgram, writeStandInSettings } from "./aleoSide.ts";
import { type Child, type ChildPlan, lastLines, startChild } from "./children.ts";
import { writeConfigs } from "./configs.ts";
import { accountAddress, type ChainConnection, chainProgram, connectChain, roles } from "./localChains.ts";
import { type Network, readNetwork } from "./network.ts";
import type { NetworkPlan } from "./plan.ts";
import { clearFolder, createIdentities, deploy, deployAleoSide, finishNetwork, prepareFolder } from "./provision.ts";
import { isListening, isReady, type ServicePlan, servicePlans } from "./services.ts";
import { step } from "./steps.ts";
import { until } from "./until.ts";

/** Longest time until a service can do its work, in milliseconds. */
const readyDeadline = 60_000;

/** The running local network. */
export interface LocalNetwork {
  readonly network: Network;
  readonly artifacts: Artifacts;
  readonly connections: readonly [ChainConnection, ChainConnection];
  /** The users' way to the Aleo side, where there is one. */
  readonly aleo: AleoUsers | undefined;
}

/** Keeps the children of a run: starts them, hears of their ends, stops them in order. */
export interface Household {
  /** @throws AttestorError `child_ended` once the household is being stopped: whoever was still starting it starts no more. */
  start(plan: ChildPlan): Child;
  /** Stops every child, the last started first. */
  stop(): Promise<void>;
}

export function createHousehold(onEnd: (child: Child) => void): Household {
  const children: Child[] = [];
  let stopping = false;
  return {
    start(plan) {
      if (stopping) throw new AttestorError("child_ended", { child: plan.name, how: "every part is being stopped" });
      const child = startChild(plan, onEnd);
      children.push(child);
      return child;
    },
    async stop() {
      stopping = true;
      const chains = children.filter(({ name }) => name.startsWith("chain "));
      const services = children.filter((child) => !chains.includes(child));
      await Promise.all(services.map((child) => child.stop()));
      await Promise.all(chains.map((child) => child.stop()));
    },
  };
}

/** Brings the network up, making on the first start what later starts find. */
export async function startNetwork(plan: NetworkPlan, household: Household): Promise<LocalNetwork> {
  // The node keeps its blocks in memory: what an earlier run signed for them is of no use to this one.
  const isForgetful = plan.aleo !== undefined && "command" in plan.aleo.node;
  const known = isForgetful ? undefined : readNetwork(plan.networkFile);
  if (known && (known.aleoSide !== undefined) !== (plan.aleo !== undefined)) throw otherKind(plan);
  if (!known) clearFolder(plan);
  prepareFolder(plan);
  const artifacts = await step("compile the contracts", () => compileContracts(plan.contractsCache));
  const connections = await step("start two chains (Anvil)", () => startChains(plan, household));
  const network = known ?? (await firstNetwork(plan, artifacts, connections));
  await checkChainsKept(plan, network, connections);
  writeConfigs(plan, network);
  writeScreeningList(plan);
  const aleo = plan.aleo && (await startAleo(plan, plan.aleo, network, household));
  await step("start three attestors and the collector", () => startServices(plan, household));
  return { network, artifacts, connections, aleo };
}

/** Whoever looks at the network should know whether a virtual machine runs the program, and if not, why. */
async function startAleo(
  plan: NetworkPlan,
  aleo: AleoPlan,
  network: Network,
  household: Household,
): Promise<AleoUsers> {
  const { node } = aleo;
  const logFile = path.join(plan.logs, "chain-aleo.log");
  if ("command" in node) {
    return step("start an Aleo chain (a development node with the real virtual machine), deploy the bridge", () => {
      household.start(devnodeProgram(aleo, node.command, logFile));
      const attestors = network.keys.flatMap((keys) => keys.aleo?.address ?? []);
      return connectDevnode(aleo, { otherChainId: plan.chains[0].chainId, attestors, threshold: plan.quorum });
    });
  }
  writeStandInSettings(plan, aleo, network);
  const label = `start an Aleo chain (a stand-in of its REST interface, no virtual machine: ${node.reason})`;
  return step(label, async () => {
    household.start(standInProgram(aleo, logFile));
    return connectAleo(aleo);
  });
}

function otherKind({ folder, aleo }: NetworkPlan): AttestorError {
  const reason = `the network in ${folder} was made ${aleo ? "without" : "with"} --aleo. Use another --folder, or --reset`;
  return new AttestorError("setup_needed", { reason });
}

async function startChains(plan: NetworkPlan, household: Household): Promise<[ChainConnection, ChainConnection]> {
  for (const chain of plan.chains) {
    household.start(chainProgram(chain, path.join(plan.logs, `chain-${chain.name}.log`)));
  }
  return Promise.all([connectChain(plan.chains[0]), connectChain(plan.chains[1])]);
}

async function firstNetwork(
  plan: NetworkPlan,
  artifacts: Artifacts,
  connections: readonly [ChainConnection, ChainConnection],
): Promise<Network> {
  const keys = await step("make certificates and HSM tokens, generate keys inside the tokens", () =>
    createIdentities(plan),
  );
  const sides = await step("deploy a bridge and a token service on each chain", () =>
    deploy(plan, artifacts, connections, keys),
  );
  const aleoSide = await deployAleoSide(plan, artifacts, connections, keys);
  const network = { keys, sides, aleoSide };
  await step("create the signers' ledgers, bound to their keys", () => finishNetwork(plan, network));
  return network;
}

/** A chain that was killed before it saved its blocks is not the chain that the ledgers know. */
async function checkChainsKept(
  plan: NetworkPlan,
  network: Network,
  connections: readonly [ChainConnection, ChainConnection],
): Promise<void> {
  for (const index of [0, 1] as const) {
    const { number, hash } = network.sides[index].deploymentBlock;
    const block = await connections[index].provider.getBlock(number);
    if (block?.hash === hash) continue;
    throw new AttestorError("setup_needed", {
      reason: `chain ${plan.chains[index].name} lost its blocks. Start over with: attestor up --reset`,
    });
  }
}

function writeScreeningList(plan: NetworkPlan): void {
  const note = "# Addresses whose packets are attested NAY on the local network, one a line.\n";
  writeFileSync(plan.screeningList, `${note}${accountAddress(roles.screenedUser)}\n`);
}

/**
 * Peers first: a chain-service that finds its signer and collector there is ready at once. A signer listens first and is
 * ready once its chain-service has shown it what it holds.
 */
async function startServices(plan: NetworkPlan, household: Household): Promise<void> {
  const services = servicePlans(plan);
  const start = (kind: ServicePlan["kind"]) =>
    services
      .filter((service) => service.kind === kind)
      .map((service) => ({ service, child: household.start(service) }));
  const [collectors, signers] = [start("collector"), start("signer")];
  await untilAll(collectors, isReady);
  await untilAll(signers, isListening);
  await untilAll(start("chain"), isReady);
  await untilAll(signers, isReady);
}

type Condition = (service: ServicePlan) => Promise<boolean>;

async function untilAll(children: readonly { service: ServicePlan; child: Child }[], holds: Condition): Promise<void> {
  await Promise.all(children.map(({ service, child }) => untilIt(holds, service, child)));
}

async function untilIt(holds: Condition, service: ServicePlan, child: Child): Promise<void> {
  const ready = await until(async () => child.ending() !== undefined || holds(service), readyDeadline);
  const ending = child.ending();
  if (ready && ending === undefined) return;
  const how = ending ?? `not ready within ${readyDeadline / 1000} seconds`;
  const log = lastLines(child, 5).map((line) => `\n    ${line}`);
  throw new AttestorError("child_ended", {
    child: service.name,
    how: `${how}; its log ${child.logFile} ${log.length > 0 ? `ends:${log.join("")}` : "has nothing of this start"}`,
  });
}
