import { stringifyJson } from "../../shared/json/index.ts";
import type { Command } from "../command.ts";
import { clockView } from "../operate/pauses.ts";
import { operatorOption, withSigner } from "../operate/signerConnection.ts";

export const clockShow: Command = {
  name: "clock show",
  summary: "show whether a signer's clock was set and that is not acknowledged",
  options: {
    operator: operatorOption,
    json: { type: "boolean", help: "print JSON" },
  },
  async run(args) {
    const found = await withSigner(args, (signer) => signer.ask(clockView, "GET", "/v1/clock"));
    if (args.flag("json")) process.stdout.write(`${stringifyJson(found)}\n`);
    else if (!found.jump) process.stdout.write("the clock is believed\n");
    else {
      const seconds = Number(found.jump.milliseconds) / 1_000;
      process.stdout.write(
        `the clock was set by ${seconds} s (jump ${found.jump.id}); nothing is signed until two acknowledge it\n`,
      );
    }
    return 0;
  },
};
