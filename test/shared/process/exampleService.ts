import { once } from "node:events";
import { createLogger } from "../../../shared/log/index.ts";
import { type RunningService, runUntilSignal } from "../../../shared/process/index.ts";

/** A service whose manner of starting, running and stopping its arguments choose; it logs what it does. */
const [start = "now", run = "on", stop = "now"] = process.argv.slice(2);
const logger = createLogger({ service: "example", level: "info" });
const say = (text: string) => logger.info(text);
const forever = new Promise<never>(() => {});
const alive = setInterval(() => {}, 60_000);

async function startService(): Promise<RunningService> {
  say("starting");
  if (start === "failing") throw new Error("https://rpc.example/s3cret");
  if (start === "whenTold") await once(process.stdin, "data");
  if (start === "never") await forever;
  say("started");
  return {
    ended: run === "ending" ? Promise.resolve() : run === "breaking" ? Promise.reject(new Error("s3cret")) : forever,
    async stop() {
      say("closing doors");
      if (stop === "whenTold") await once(process.stdin, "data");
      if (stop === "never") await forever;
      say("closed");
    },
  };
}

try {
  await runUntilSignal(startService, logger);
  say("returned");
} catch (error) {
  say(`threw ${(error as Error).name}`);
  process.exitCode = 3;
}
process.stdin.destroy();
clearInterval(alive);
