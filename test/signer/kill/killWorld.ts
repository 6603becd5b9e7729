import { appendFileSync } from "node:fs";
import path from "node:path";
import { stringifyJson } from "../../../shared/json/index.ts";
import type { PinnedClient } from "../../../shared/tls/index.ts";
import { type ChainReport, verifyAudit } from "../../../signer/index.ts";
import { clientSettings } from "../../support/signerWorld.ts";
import { copyOfToken } from "../../support/tornToken.ts";
import { createHsmWorld } from "../hsmWorld.ts";
import { type SignerProcess, startSignerProcess } from "../signerProcess.ts";

const clientNames = ["chain-a", "chain-b", "chain-c"];
const routeNames = ["one-to-two", "two-to-one"];

/** A signer to be killed, its clients, and what was kept outside of it. */
export interface KillWorld {
  readonly ledger: string;
  /** EIP-55 address of the key for each destination chain. */
  readonly signers: ReadonlyMap<bigint, string>;
  start(): SignerProcess;
  /** New connections, by client name. */
  clients(port: number): Promise<ReadonlyMap<string, PinnedClient>>;
  /** Keeps checkpoints where no signer can reach them. */
  keepCheckpoints(checkpoints: readonly unknown[]): void;
  /** The audit chain, against every checkpoint that was kept. */
  audit(): ChainReport;
  close(): Promise<void>;
}

export async function createKillWorld(): Promise<KillWorld> {
  const { hsm, world } = await createHsmWorld({
    change: (settings) => Object.assign(settings.audit, { records: 20, interval: "1s" }),
    async changePolicy(policy, pki) {
      const rate = { perSecond: 100_000, burst: 100_000 };
      const clients = clientNames.map(async (name) => {
        const settings = clientSettings(name, await pki.clientIdentity(name), routeNames);
        return { ...settings, operations: ["attest", "read", "audit"], rate };
      });
      policy.clients = await Promise.all(clients);
    },
  });
  const [toOne, toTwo, auditKey] = hsm.keys;
  if (!toOne || !toTwo || !auditKey) throw new Error("unreachable");
  const token = copyOfToken(hsm.env.SOFTHSM2_CONF);
  const ledger = path.join(world.folder, "ledger.sqlite");
  const kept = path.join(world.folder, "kept.jsonl");
  appendFileSync(kept, "");
  return {
    ledger,
    signers: new Map([
      [1n, toOne.address],
      [2n, toTwo.address],
    ]),
    start() {
      token.mend();
      return startSignerProcess(world.configFile, hsm.env);
    },
    async clients(port) {
      const connected = clientNames.map(async (name) => [name, await world.client(name, port)] as const);
      return new Map(await Promise.all(connected));
    },
    keepCheckpoints: (checkpoints) =>
      appendFileSync(kept, checkpoints.map((each) => `${stringifyJson(each)}\n`).join("")),
    audit: () => verifyAudit(ledger, { checkpoints: kept, auditKey: auditKey.address }),
    async close() {
      await world.close();
      hsm.remove();
    },
  };
}
