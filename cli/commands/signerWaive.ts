import { z } from "zod";
import { check, name } from "../../shared/schema/index.ts";
import type { Command } from "../command.ts";
import { print } from "../input.ts";
import { operatorOption, withSigner } from "../operate/signerConnection.ts";
import { approvalFrom, approvalOptions } from "../operate/statements.ts";

const waivedAnswer = z.object({ client: z.string(), operators: z.array(z.string()) });

export const signerWaive: Command = {
  name: "signer waive",
  summary: "go on without what a client holds, for which two operators signed",
  positionals: ["CLIENT"],
  options: {
    operator: operatorOption,
    ...approvalOptions,
    json: { type: "boolean", help: "print JSON" },
  },
  notes: "It counts until the signer's next start. The client may still show what it holds.",
  async run(args) {
    const client = check(name, args.positionals[0], "CLIENT");
    const body = { approval: approvalFrom(args) };
    const waived = await withSigner(args, (signer) =>
      signer.ask(waivedAnswer, "POST", `/v1/clients/${client}/waive`, body),
    );
    print(args, { waived: waived.client, operators: waived.operators.join(", ") });
    return 0;
  },
};
