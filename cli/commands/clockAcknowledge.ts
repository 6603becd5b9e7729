import type { Command } from "../command.ts";
import { print } from "../input.ts";
import { clockView } from "../operate/pauses.ts";
import { operatorOption, withSigner } from "../operate/signerConnection.ts";
import { approvalFrom, approvalOptions } from "../operate/statements.ts";

export const clockAcknowledge: Command = {
  name: "clock acknowledge",
  summary: "let a signer believe its clock again, as two operators signed",
  options: {
    operator: operatorOption,
    ...approvalOptions,
    json: { type: "boolean", help: "print JSON" },
  },
  async run(args) {
    const body = { approval: approvalFrom(args) };
    const { jump } = await withSigner(args, (signer) => signer.ask(clockView, "POST", "/v1/clock/acknowledge", body));
    print(args, { clock: jump ? `was set again: jump ${jump.id}` : "believed" });
    return jump ? 1 : 0;
  },
};
