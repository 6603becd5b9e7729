import { isAttestorError } from "../../shared/errors/index.ts";
import { stringifyJson } from "../../shared/json/index.ts";
import type { Command } from "../command.ts";
import { chainServiceOptions, chainServices } from "../operate/chainServices.ts";
import { describePacket, packetAnswer } from "../operate/describePacket.ts";
import { deploymentOption, packetPath } from "../operate/packetId.ts";

export const packetShow: Command = {
  name: "packet show",
  summary: "show everything that a chain-service knows about one packet",
  positionals: ["ID"],
  options: { ...chainServiceOptions, ...deploymentOption, json: { type: "boolean", help: "print JSON" } },
  notes:
    "ID is source/destination/sequence, as `attestor packets` prints it.\nExit code 1 if a chain-service lacks it.",
  async run(args) {
    const path = packetPath(args);
    const answers = await Promise.all(
      chainServices(args).map(async ({ name, ask }) => {
        try {
          return { name, body: await ask("GET", path), problem: undefined };
        } catch (error) {
          if (!isAttestorError(error, "conflict") && !isAttestorError(error, "peer_unreachable")) throw error;
          return { name, body: undefined, problem: error.message };
        }
      }),
    );
    const json = answers.map(({ name, body, problem }) => ({ name, ...(problem ? { problem } : (body as object)) }));
    const texts = answers.map(({ name, body, problem }) =>
      problem === undefined ? describePacket(name, packetAnswer.parse(body)) : `${name}\n  ${problem}`,
    );
    process.stdout.write(args.flag("json") ? `${stringifyJson(json)}\n` : `${texts.join("\n\n")}\n`);
    return answers.every(({ problem }) => problem === undefined) ? 0 : 1;
  },
};
