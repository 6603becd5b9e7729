// Measures the chain-service: npm run bench:chain -- [--packets N] [--stored N] [--json].
import { spawn } from "node:child_process";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const main = join(dirname(fileURLToPath(import.meta.url)), "..", "test", "backlog", "main.ts");
const child = spawn(process.execPath, [main, ...process.argv.slice(2)], { stdio: "inherit" });
child.on("exit", (code) => {
  process.exitCode = code ?? 1;
});
