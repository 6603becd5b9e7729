import path from "node:path";
import type { ChildPlan } from "./children.ts";
import { configFile } from "./configs.ts";
import type { NetworkPlan } from "./plan.ts";
import { softHsmEnvironment } from "./tokens.ts";

/** A service of the network: how to start it, and the loopback port of its probes. */
export interface ServicePlan extends ChildPlan {
  readonly kind: "collector" | "signer" | "chain";
  readonly opsPort: number;
}

const main = path.join(import.meta.dirname, "..", "main.ts");

/** Every service, started by the same command that an operator's service manager uses. */
export function servicePlans(plan: NetworkPlan): ServicePlan[] {
  const service = (name: string, kind: ServicePlan["kind"], config: string, opsPort: number, essential = false) => ({
    name,
    kind,
    essential,
    opsPort,
    logFile: path.join(plan.logs, `${name.replaceAll(" ", "-")}.log`),
    command: [process.execPath, main, kind, "--config", config] as const,
  });
  return [
    service("collector", "collector", configFile.collector(plan), plan.collector.opsPort, true),
    ...plan.attestors.flatMap((attestor) => [
      {
        ...service(`${attestor.name} signer`, "signer", configFile.signer(attestor), attestor.signerOpsPort),
        environment: softHsmEnvironment(attestor),
      },
      service(`${attestor.name} chain-service`, "chain", configFile.chain(attestor), attestor.chainOpsPort),
    ]),
  ];
}

/** True once the service says that it can do its work. */
export async function isReady(service: ServicePlan): Promise<boolean> {
  const response = await fetch(`http://127.0.0.1:${service.opsPort}/readyz`);
  return response.ok;
}

/** True once the service takes requests, though it may wait for something before it does its work. */
export async function isListening(service: ServicePlan): Promise<boolean> {
  const response = await fetch(`http://127.0.0.1:${service.opsPort}/readyz`);
  const { reasons } = (await response.json()) as { reasons: string[] };
  return !reasons.includes("starting");
}
