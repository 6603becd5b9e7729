import { AttestorError } from "../../shared/errors/index.ts";
import { policyObject, readPolicyFile } from "../../signer/index.ts";
import type { Arguments, Command } from "../command.ts";
import { policyStatus } from "../operate/policyInForce.ts";
import { operatorOption, withSigner } from "../operate/signerConnection.ts";
import { howToSign, printStatement, validOption } from "../operate/statements.ts";

export const policyStatement: Command = {
  name: "policy statement",
  summary: "print the statement that operators sign for a policy",
  positionals: ["FILE"],
  options: {
    operator: { ...operatorOption, required: false },
    ledger: { type: "string", value: "ID", help: "the ledger's id, instead of asking the signer for it" },
    valid: validOption,
  },
  notes: [
    howToSign("policy statement policy.yaml"),
    "ssh-keygen writes change.txt.sig. `policy apply` takes the statement and the signatures.",
  ].join("\n"),
  async run(args) {
    const policy = readPolicyFile(args.positionals[0] ?? "");
    printStatement(args, { action: "apply-policy", object: policyObject(policy), ledger: await ledgerOf(args) });
    return 0;
  },
};

async function ledgerOf(args: Arguments): Promise<string> {
  const ledger = args.text("ledger");
  if (ledger !== undefined) {
    if (/^[0-9a-f]{32}$/.test(ledger)) return ledger;
    throw new AttestorError("usage", { reason: "--ledger must be 32 hex digits, as `ledger init` printed them" });
  }
  if (args.text("operator") === undefined) {
    throw new AttestorError("usage", { reason: "--operator FILE or --ledger ID is missing" });
  }
  return (await withSigner(args, policyStatus)).ledger;
}
