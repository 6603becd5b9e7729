import { createServer } from "node:net";
import { AttestorError } from "../../shared/errors/index.ts";
import { type NetworkPlan, portsOf } from "./plan.ts";

/**
 * Looks whether every port of the network is free, before anything is started.
 *
 * @throws AttestorError `port_in_use` for the first that is not.
 */
export async function checkPorts(plan: NetworkPlan): Promise<void> {
  for (const { port, user } of portsOf(plan)) {
    if (await isFree(port)) continue;
    throw new AttestorError("port_in_use", {
      address: `127.0.0.1:${port} (wanted for the ${user})`,
      setting: "the first port with --port-base N",
    });
  }
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const probe = createServer();
    probe.once("error", () => resolve(false));
    probe.listen(port, "127.0.0.1", () => probe.close(() => resolve(true)));
  });
}
