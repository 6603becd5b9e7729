import { AttestorError } from "../../shared/errors/index.ts";
import { check, durationBetween } from "../../shared/schema/index.ts";
import { formatStatement, policyObject, readPolicyFile } from "../../signer/index.ts";
import type { Arguments, Command } from "../command.ts";
import { policyStatus } from "../operate/policyInForce.ts";
import { operatorOption, withSigner } from "../operate/signerConnection.ts";

export const policyStatement: Command = {
  name: "policy statement",
  summary: "print the statement that operators sign for a policy",
  positionals: ["FILE"],
  options: {
    operator: { ...operatorOption, required: false },
    ledger: { type: "string", value: "ID", help: "the ledger's id, instead of asking the signer for it" },
    valid: { type: "string", value: "TIME", help: "how long the signatures count: 1m to 7d (default 24h)" },
  },
  notes: [
    "Write it to a file and have it signed where each operator's key is:",
    "",
    "  attestor policy statement policy.yaml --operator operator.yaml > change.txt",
    "  ssh-keygen -Y sign -n hsm-attestor -f ~/.ssh/id_ed25519_sk change.txt",
    "",
    "ssh-keygen writes change.txt.sig. `policy apply` takes the statement and the signatures.",
  ].join("\n"),
  async run(args) {
    const policy = readPolicyFile(args.positionals[0] ?? "");
    const valid = check(durationBetween("1m", "7d"), args.text("valid") ?? "24h", "--valid");
    const ledger = await ledgerOf(args);
    const expiresMs = Date.now() + valid;
    process.stdout.write(formatStatement({ action: "apply-policy", object: policyObject(policy), ledger, expiresMs }));
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
