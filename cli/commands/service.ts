import { createLogger } from "../../shared/log/index.ts";
import { type RunningService, runUntilSignal } from "../../shared/process/index.ts";
import type { Command } from "../command.ts";

/** The command that runs one of the services until it is told to stop. */
export function serviceCommand(
  name: string,
  summary: string,
  start: (configFile: string) => Promise<RunningService>,
): Command {
  return {
    name,
    summary,
    options: {
      config: {
        type: "string",
        value: "FILE",
        required: true,
        help: `its configuration; see docs/samples/${name}.yaml`,
      },
    },
    notes: "Logs JSON lines to standard output. SIGTERM or Ctrl-C finishes what was begun and stops.",
    async run(args) {
      const logger = createLogger({ service: name, level: "info" });
      await runUntilSignal(() => start(args.required("config")), logger);
      return 0;
    },
  };
}
