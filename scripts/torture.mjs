// Runs the torture test for as long as wanted: npm run torture -- [--minutes N] [--seed S]. Prints what was done
// and every violation found; exit code 1 if there is one.
import { spawn } from "node:child_process";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const main = join(dirname(fileURLToPath(import.meta.url)), "..", "test", "torture", "main.ts");
const child = spawn(process.execPath, [main, ...process.argv.slice(2)], { stdio: "inherit" });
child.on("exit", (code) => {
  process.exitCode = code ?? 1;
});
