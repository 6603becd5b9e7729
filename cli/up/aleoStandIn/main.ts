import { readFileSync } from "node:fs";
import { z } from "zod";
import { aleoNetworks, aleoProgramId } from "../../../shared/aleo/index.ts";
import { parseJson } from "../../../shared/json/index.ts";
import { check, integer, unsigned } from "../../../shared/schema/index.ts";
import { StandInBridge } from "./bridge.ts";
import { openLedger } from "./ledger.ts";
import { startAleoRest } from "./rest.ts";
import { takeTransactions } from "./transactions.ts";

/** Time between two blocks without a transaction, in milliseconds. */
const blockTime = 1_000;

const settingsSchema = z.strictObject({
  port: integer(1, 65_535),
  journal: z.string(),
  network: z.enum(aleoNetworks),
  program: aleoProgramId,
  chainId: unsigned(128),
  service: z.string(),
  attestors: z.array(z.string()).min(1),
  threshold: integer(1, 5),
});

/** The stand-in as a process: `node main.ts SETTINGS`. */
const { port, journal, network, ...bridgeSettings } = check(
  settingsSchema,
  parseJson(readFileSync(process.argv[2] ?? "", "utf8")),
  "settings",
);
const now = () => Math.floor(Date.now() / 1_000);
const ledger = openLedger(network, "local", journal);
const bridge = new StandInBridge(ledger, bridgeSettings);
const rest = await startAleoRest(ledger, { port, other: takeTransactions(bridge, now) });
const blocks = setInterval(() => ledger.commit(now()), blockTime);
for (const signal of ["SIGINT", "SIGTERM"] as const) {
  process.once(signal, () => {
    clearInterval(blocks);
    void rest.close();
  });
}
