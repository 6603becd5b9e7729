import type { Command } from "../command.ts";
import { print } from "../input.ts";
import { describeNewest, signerStatus } from "../operate/newest.ts";
import { operatorOption, withSigner } from "../operate/signerConnection.ts";

export const newestStatus: Command = {
  name: "newest status",
  summary: "show which clients a started signer still waits for",
  options: { operator: operatorOption, json: { type: "boolean", help: "print JSON" } },
  notes: "Exit code 1 while the signer is not ready.",
  async run(args) {
    const status = await withSigner(args, signerStatus);
    if (args.flag("json")) print(args, { ...status });
    else process.stdout.write(`${describeNewest(status)}\n`);
    return status.ready ? 0 : 1;
  },
};
