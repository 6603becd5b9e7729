import type { Command } from "../command.ts";
import { idArgument } from "../operate/holds.ts";
import { pauseOf } from "../operate/pauses.ts";
import { policyStatus } from "../operate/policyInForce.ts";
import { operatorOption, withSigner } from "../operate/signerConnection.ts";
import { howToSign, printStatement, validOption } from "../operate/statements.ts";

export const pauseStatement: Command = {
  name: "pause statement",
  summary: "print the statement that operators sign to end a pause",
  positionals: ["ID"],
  options: { operator: operatorOption, valid: validOption },
  notes: [
    howToSign("pause statement 1"),
    "ssh-keygen writes change.txt.sig. `pause end` takes the statement and the signatures of two operators.",
  ].join("\n"),
  async run(args) {
    const id = idArgument(args);
    const agreed = await withSigner(args, async (signer) => ({
      object: (await pauseOf(signer, id)).object,
      ledger: (await policyStatus(signer)).ledger,
    }));
    printStatement(args, { action: "resume", ...agreed });
    return 0;
  },
};
