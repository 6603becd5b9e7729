import { writeFileSync } from "node:fs";
import path from "node:path";
import { z } from "zod";
import { AttestorError } from "../../shared/errors/index.ts";
import { stringifyJson } from "../../shared/json/index.ts";
import type { AleoPlan } from "./aleoPlan.ts";
import { type Consumption, consumptionText, type Publication, publicationText } from "./aleoStandIn/index.ts";
import type { ChildPlan } from "./children.ts";
import type { Network } from "./network.ts";
import type { NetworkPlan } from "./plan.ts";
import { until } from "./until.ts";

const main = path.join(import.meta.dirname, "aleoStandIn", "main.ts");

/** Written at every start; what it says about keys is what the first start made. */
export function writeStandInSettings(plan: NetworkPlan, aleo: AleoPlan, network: Network): void {
  const { port, journal, program, chainId, service, network: aleoNetwork } = aleo;
  const attestors = network.keys.flatMap((keys) => keys.aleo?.address ?? []);
  const settings = {
    port,
    journal,
    network: aleoNetwork,
    program,
    chainId,
    service,
    attestors,
    threshold: plan.quorum,
  };
  writeFileSync(aleo.settingsFile, `${stringifyJson(settings, 2)}\n`, { mode: 0o600 });
}

/** The stand-in as a process of its own: a block each second, kept in a file from one run to the next. */
export function standInProgram({ name, settingsFile }: AleoPlan, logFile: string): ChildPlan {
  return { name: `chain ${name}`, essential: true, logFile, command: [process.execPath, main, settingsFile] };
}

/** What the local network's users do on Aleo. */
export interface AleoUsers {
  /** @returns the packet's number and its block's time, Unix seconds. */
  publish(publication: Publication): Promise<{ readonly sequence: bigint; readonly timestamp: number }>;
  /**
   * @param consumption with the call that the collector made ready, for who has a program to call.
   * @returns why the program rejects it, or undefined if it is consumed.
   */
  consume(consumption: Consumption & { readonly call: unknown }): Promise<string | undefined>;
}

const published = z.object({ sequence: z.string(), timestamp: z.number() });
const rejected = z.object({ reason: z.string() });

/** Waits until the stand-in answers. */
export async function connectAleo({ port, network }: AleoPlan): Promise<AleoUsers> {
  const base = `http://127.0.0.1:${port}`;
  const answers = async () => (await fetch(`${base}/${network}/block/height/latest`)).ok;
  if (!(await until(answers, 20_000))) {
    throw new AttestorError("setup_needed", { reason: "chain aleo did not start within 20 seconds" });
  }
  const post = (where: string, body: string) => fetch(`${base}/stand-in/${where}`, { method: "POST", body });
  return {
    async publish(publication) {
      const { sequence, timestamp } = published.parse(
        await (await post("publish", publicationText(publication))).json(),
      );
      return { sequence: BigInt(sequence), timestamp };
    },
    async consume({ call: _call, ...consumption }) {
      const response = await post("consume", consumptionText(consumption));
      return response.ok ? undefined : rejected.parse(await response.json()).reason;
    },
  };
}
