import { AttestorError } from "../../shared/errors/index.ts";
import type { Command } from "../command.ts";
import { clockView } from "../operate/pauses.ts";
import { policyStatus } from "../operate/policyInForce.ts";
import { operatorOption, withSigner } from "../operate/signerConnection.ts";
import { howToSign, printStatement, validOption } from "../operate/statements.ts";

export const clockStatement: Command = {
  name: "clock statement",
  summary: "print the statement that operators sign to acknowledge a clock that was set",
  options: { operator: operatorOption, valid: validOption },
  notes: [
    "Set the clock right first: the signatures say that it is.",
    "",
    howToSign("clock statement"),
    "ssh-keygen writes change.txt.sig. `clock acknowledge` takes the statement and the signatures of two operators.",
  ].join("\n"),
  async run(args) {
    const agreed = await withSigner(args, async (signer) => {
      const { jump } = await signer.ask(clockView, "GET", "/v1/clock");
      if (!jump) throw new AttestorError("not_found", { what: "jump of the clock that waits" });
      return { object: jump.object, ledger: (await policyStatus(signer)).ledger };
    });
    printStatement(args, { action: "acknowledge-clock", ...agreed });
    return 0;
  },
};
