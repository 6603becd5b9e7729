import { readFileSync, writeFileSync } from "node:fs";
import { configFile } from "../../cli/up/configs.ts";
import type { NetworkPlan } from "../../cli/up/plan.ts";
import { type Link, openLink } from "./link.ts";

/** The links of a network: one from each chain-service to each of its peers. */
export interface Wiring {
  readonly links: readonly Link[];
  /**
   * Lets a chain-service's configuration lead through its links, and lifts the collector's read rate: all users of this
   * network have one address. Other commands stay as they are.
   */
  lead(command: readonly [string, ...string[]]): [string, ...string[]];
  close(): Promise<void>;
}

/** Puts a link in front of everything that a chain-service calls: its signer, the collector, both chains. */
export async function wire(plan: NetworkPlan): Promise<Wiring> {
  const wired = await Promise.all(
    plan.attestors.map(async (attestor) => {
      const peers = [
        { name: "signer", port: attestor.signerPort },
        { name: "collector", port: plan.collector.port },
        ...plan.chains.map(({ name, port }) => ({ name: `chain ${name}`, port })),
      ];
      const open = async ({ name, port }: { name: string; port: number }) => ({
        target: port,
        link: await openLink(`${attestor.name} to ${name}`, port),
      });
      return { file: configFile.chain(attestor), ends: await Promise.all(peers.map(open)) };
    }),
  );
  const links = wired.flatMap(({ ends }) => ends.map(({ link }) => link));
  return {
    links,
    lead(command) {
      const [program, ...words] = command;
      const lead = (file: string, change: (text: string) => string): [string, ...string[]] => {
        const led = file.replace(/\.yaml$/, "-led.yaml");
        writeFileSync(led, change(readFileSync(file, "utf8")), { mode: 0o600 });
        return [program, ...words.map((word) => (word === file ? led : word))];
      };
      const collector = configFile.collector(plan);
      if (words.includes(collector)) return lead(collector, liftRate);
      const chainService = wired.find(({ file }) => words.includes(file));
      if (!chainService) return [program, ...words];
      return lead(chainService.file, (text) =>
        chainService.ends.reduce(
          (led, { target, link }) => led.replaceAll(`127.0.0.1:${target}`, `127.0.0.1:${link.port}`),
          text,
        ),
      );
    },
    close: async () => {
      await Promise.all(links.map((link) => link.close()));
    },
  };
}

function liftRate(text: string): string {
  return text.replace("\npublic:\n", "\npublic:\n  rate:\n    perMinute: 1000000\n");
}
