import { stringifyJson } from "../../shared/json/index.ts";
import type { Command } from "../command.ts";
import { describeHold, holdView, idArgument } from "../operate/holds.ts";
import { operatorOption, withSigner } from "../operate/signerConnection.ts";

export const holdShow: Command = {
  name: "hold show",
  summary: "show one hold: the packet, who asked, what the rules saw",
  positionals: ["ID"],
  options: {
    operator: operatorOption,
    json: { type: "boolean", help: "print JSON" },
  },
  async run(args) {
    const id = idArgument(args);
    const hold = await withSigner(args, (signer) => signer.ask(holdView, "GET", `/v1/holds/${id}`));
    process.stdout.write(args.flag("json") ? `${stringifyJson(hold)}\n` : `${describeHold(hold)}\n`);
    return 0;
  },
};
