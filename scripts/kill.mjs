// Kills a signer under load as often as wanted: node scripts/kill.mjs [--rounds N] [--seed S]. Prints what was done and
// every violation found; exit code 1 if there is one.
import { spawn } from "node:child_process";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const main = join(dirname(fileURLToPath(import.meta.url)), "..", "test", "signer", "kill", "main.ts");
const child = spawn(process.execPath, [main, ...process.argv.slice(2)], { stdio: "inherit" });
child.on("exit", (code) => {
  process.exitCode = code ?? 1;
});
