/** Starts a keeper with no descriptor left, says how that ended, and a moment later that this process goes on. */
import { closeSync, openSync } from "node:fs";
import { setTimeout as pause } from "node:timers/promises";
import { startKeeperChild } from "../../../hsm/keeper/keeperChild.ts";
import { faultName } from "../../../shared/errors/index.ts";
import { createLogger } from "../../../shared/log/index.ts";

const logger = createLogger({ service: "test", level: "error" }, { write: () => {} });
const taken: number[] = [];
try {
  for (;;) taken.push(openSync("/dev/null", "r"));
} catch {
  // there is none left
}
let outcome = "started";
try {
  startKeeperChild({ sessions: 1, environment: {}, logger, onGone: () => process.stdout.write("gone\n") });
} catch (error) {
  outcome = faultName(error);
}
for (const descriptor of taken) closeSync(descriptor);
await pause(200);
process.stdout.write(`${outcome}, and goes on\n`);
