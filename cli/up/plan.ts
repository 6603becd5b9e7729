import path from "node:path";
import type { DevnodeFinding } from "../../contracts/index.ts";
import { type AleoPlan, planAleo } from "./aleoPlan.ts";

/** One of the two local chains. */
export interface ChainPlan {
  readonly name: "alpha" | "beta";
  /** The bridge's number for it. */
  readonly chainId: bigint;
  readonly evmChainId: number;
  readonly port: number;
  readonly stateFile: string;
}

/** One attestor: its own token, signer, chain-service, certificates and state. */
export interface AttestorPlan {
  readonly name: string;
  readonly folder: string;
  readonly signerPort: number;
  readonly signerOpsPort: number;
  readonly chainOpsPort: number;
}

/** Where everything of the local network is and listens. */
export interface NetworkPlan {
  readonly folder: string;
  readonly logs: string;
  readonly networkFile: string;
  readonly contractsCache: string;
  readonly deployment: string;
  readonly quorum: number;
  /** Wait between a packet's block and its attestation, in seconds. */
  readonly waitSeconds: number;
  readonly chains: readonly [ChainPlan, ChainPlan];
  readonly attestors: readonly AttestorPlan[];
  readonly collector: { folder: string; port: number; publicPort: number; opsPort: number };
  readonly screeningList: string;
  /** Undefined for a network of EVM chains alone. */
  readonly aleo: AleoPlan | undefined;
}

/** Ports that the network takes, counted from its base. */
export const portCount = 80;

/**
 * Lays out the local network.
 *
 * @param root the ignored folder that holds all state.
 * @param portBase first of {@link portCount} loopback ports.
 * @param withAleo whether it has an Aleo side.
 */
export function planNetwork(
  root: string,
  portBase: number,
  withAleo = false,
  node: DevnodeFinding = { reason: "none was asked for" },
): NetworkPlan {
  const folder = path.join(root, "local");
  const chain = (name: "alpha" | "beta", index: number): ChainPlan => ({
    name,
    chainId: BigInt(1001 + index),
    evmChainId: 31_401 + index,
    port: portBase + index,
    stateFile: path.join(folder, "chains", `${name}.json`),
  });
  return {
    folder,
    logs: path.join(folder, "logs"),
    networkFile: path.join(folder, "network.json"),
    contractsCache: path.join(root, "contracts"),
    deployment: "local",
    quorum: 2,
    waitSeconds: 3,
    chains: [chain("alpha", 0), chain("beta", 1)],
    attestors: [1, 2, 3].map((number) => ({
      name: `attestor-${number}`,
      folder: path.join(folder, `attestor-${number}`),
      signerPort: portBase + 20 * number,
      signerOpsPort: portBase + 20 * number + 1,
      chainOpsPort: portBase + 20 * number + 2,
    })),
    collector: {
      folder: path.join(folder, "collector"),
      port: portBase + 10,
      publicPort: portBase + 11,
      opsPort: portBase + 12,
    },
    screeningList: path.join(folder, "screening.txt"),
    aleo: withAleo ? planAleo(folder, portBase + 2, node) : undefined,
  };
}

/** Every port with what listens there, to find a taken one before anything is started. */
export function portsOf(plan: NetworkPlan): { port: number; user: string }[] {
  return [
    ...[...plan.chains, ...(plan.aleo ? [plan.aleo] : [])].map(({ port, name }) => ({ port, user: `chain ${name}` })),
    { port: plan.collector.port, user: "collector" },
    { port: plan.collector.publicPort, user: "collector's public reads" },
    { port: plan.collector.opsPort, user: "collector's metrics" },
    ...plan.attestors.flatMap((attestor) => [
      { port: attestor.signerPort, user: `${attestor.name}'s signer` },
      { port: attestor.signerOpsPort, user: `${attestor.name}'s signer metrics` },
      { port: attestor.chainOpsPort, user: `${attestor.name}'s chain-service metrics` },
    ]),
  ];
}
