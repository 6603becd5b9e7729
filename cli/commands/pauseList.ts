import { stringifyJson } from "../../shared/json/index.ts";
import type { Command } from "../command.ts";
import { pausesOf, scopeText } from "../operate/pauses.ts";
import { operatorOption, withSigner } from "../operate/signerConnection.ts";
import { styled } from "../terminal/style.ts";
import { table } from "../terminal/table.ts";

export const pauseList: Command = {
  name: "pause list",
  summary: "list the pauses of a signer",
  options: {
    operator: operatorOption,
    json: { type: "boolean", help: "print JSON" },
  },
  async run(args) {
    const found = await withSigner(args, pausesOf);
    if (args.flag("json")) {
      process.stdout.write(`${stringifyJson(found)}\n`);
      return 0;
    }
    const { pauses, fileIsThere } = found;
    const heading = ["pause", "paused", "by", "since", "note"].map((word) => styled("dim", word));
    const rows = pauses.map((pause) => [pause.id, scopeText(pause), pause.by, pause.since, pause.note]);
    process.stdout.write(rows.length > 0 ? `${table([heading, ...rows])}\n` : "nothing is paused\n");
    if (fileIsThere)
      process.stdout.write("The file `paused` is in the signer's state folder: delete it before a pause can end.\n");
    return 0;
  },
};
