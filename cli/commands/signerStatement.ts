import { waiverObject } from "../../signer/index.ts";
import type { Command } from "../command.ts";
import { operatorOption, withSigner } from "../operate/signerConnection.ts";
import { statusOf } from "../operate/signerStatus.ts";
import { howToSign, printStatement, validOption } from "../operate/statements.ts";

export const signerStatement: Command = {
  name: "signer statement",
  summary: "print the statement that operators sign to go on without a client",
  positionals: ["CLIENT"],
  options: { operator: operatorOption, valid: validOption },
  notes: [
    "A signer that goes on without a client does not learn whether it lost what that client holds.",
    "",
    howToSign("signer statement chain-service"),
    "ssh-keygen writes change.txt.sig. `signer waive` takes the statement and the signatures of two operators.",
    "They count for this start of the signer alone.",
  ].join("\n"),
  async run(args) {
    const [client = ""] = args.positionals;
    const { start, ledger } = await withSigner(args, statusOf);
    printStatement(args, { action: "waive-newest", object: waiverObject(client, start), ledger });
    return 0;
  },
};
