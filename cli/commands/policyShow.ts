import type { Command } from "../command.ts";
import { print } from "../input.ts";
import { policyStatus } from "../operate/policyInForce.ts";
import { operatorOption, withSigner } from "../operate/signerConnection.ts";

export const policyShow: Command = {
  name: "policy show",
  summary: "show which policy a signer has in force",
  options: {
    operator: operatorOption,
    text: { type: "boolean", help: "print the policy itself, byte for byte" },
    json: { type: "boolean", help: "print JSON" },
  },
  async run(args) {
    const { text, lastAttempt, ...status } = await withSigner(args, policyStatus);
    if (args.flag("text")) process.stdout.write(text);
    else {
      const latest = lastAttempt && `${lastAttempt.at}, ${lastAttempt.error?.detail ?? "put into force"}`;
      print(args, { ...status, ...(latest === undefined ? {} : { "latest attempt": latest }) });
    }
    return 0;
  },
};
