import { isAttestorError } from "../../shared/errors/index.ts";
import { stringifyJson } from "../../shared/json/index.ts";
import type { Command } from "../command.ts";
import { chainServiceOptions, chainServices } from "../operate/chainServices.ts";
import { deploymentOption, packetPath } from "../operate/packetId.ts";

export const packetRetry: Command = {
  name: "packet retry",
  summary: "let a refused packet pass every gate again",
  positionals: ["ID"],
  options: { ...chainServiceOptions, ...deploymentOption, json: { type: "boolean", help: "print JSON" } },
  notes:
    "Takes a refused packet back to `final`; its verdict stays. The chain-service writes an audit line.\n" +
    "Exit code 1 if no chain-service could.",
  async run(args) {
    const path = packetPath(args, "/retry");
    const results = await Promise.all(
      chainServices(args).map(async ({ name, ask }) => {
        try {
          const packet = (await ask("POST", path)) as { state: string };
          return { name, retried: true, state: packet.state };
        } catch (error) {
          if (!isAttestorError(error, "conflict") && !isAttestorError(error, "peer_unreachable")) throw error;
          return { name, retried: false, problem: error.message };
        }
      }),
    );
    const lines = results.map(
      (result) => `${result.name}  ${result.retried ? `now ${result.state}` : result.problem}\n`,
    );
    process.stdout.write(args.flag("json") ? `${stringifyJson(results)}\n` : lines.join(""));
    return results.some(({ retried }) => retried) ? 0 : 1;
  },
};
