import type { Command } from "../command.ts";
import { print } from "../input.ts";
import { operatorOption, withSigner } from "../operate/signerConnection.ts";
import { describeSigner, statusOf } from "../operate/signerStatus.ts";

export const signerStatus: Command = {
  name: "signer status",
  summary: "show whether a signer can sign, and whom it waits for",
  options: { operator: operatorOption, json: { type: "boolean", help: "print JSON" } },
  notes: "Exit code 1 while the signer is not ready.",
  async run(args) {
    const status = await withSigner(args, statusOf);
    if (args.flag("json")) print(args, { ...status });
    else process.stdout.write(`${describeSigner(status)}\n`);
    return status.ready ? 0 : 1;
  },
};
