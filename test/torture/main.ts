import { randomInt } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { parseArgs } from "node:util";
import { freePortBase } from "../e2e/ports.ts";
import { describeReport, torture } from "./torture.ts";

/** ethers polls for blocks on its own; where its node was killed, nobody is there to catch what its poll throws. */
process.on("unhandledRejection", (error: NodeJS.ErrnoException) => {
  if (/^(ECONNREFUSED|ECONNRESET|EPIPE|UND_ERR_SOCKET|SERVER_ERROR|TIMEOUT|NETWORK_ERROR)$/.test(error?.code ?? ""))
    return;
  process.stderr.write(`${String(error?.stack ?? error)}\n`);
  process.exit(1);
});

const { values } = parseArgs({ options: { minutes: { type: "string" }, seed: { type: "string" } } });
const minutes = Number(values.minutes ?? "1");
const seed = Number(values.seed ?? randomInt(1_000_000));
if (!(minutes > 0 && Number.isSafeInteger(seed))) {
  process.stderr.write("usage: torture [--minutes N] [--seed S]\n");
  process.exit(2);
}
const folder = mkdtempSync(path.join(tmpdir(), "attestor-torture-"));
process.stdout.write(`seed ${seed}, ${minutes} minutes, logs in ${folder} until the end\n`);
const portBase = await freePortBase();
const report = await torture({ folder, portBase, seconds: minutes * 60, seed, settleSeconds: 300 });
process.stdout.write(`\n${describeReport(report)}`);
if (report.violations.length === 0) rmSync(folder, { recursive: true, force: true });
process.exit(report.violations.length === 0 ? 0 : 1);
