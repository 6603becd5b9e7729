import { AttestorError } from "../../shared/errors/index.ts";
import { stringifyJson } from "../../shared/json/index.ts";
import { compare, operatorsNeeded, readPolicy, readPolicyFile } from "../../signer/index.ts";
import type { Arguments, Command } from "../command.ts";
import { readFileOption } from "../input.ts";
import { policyStatus } from "../operate/policyInForce.ts";
import { operatorOption, withSigner } from "../operate/signerConnection.ts";

export const policyDiff: Command = {
  name: "policy diff",
  summary: "show what a new policy allows more and less",
  positionals: ["FILE"],
  options: {
    operator: { ...operatorOption, required: false },
    against: { type: "string", value: "FILE", help: "compare with this file instead of the policy in force" },
    json: { type: "boolean", help: "print JSON" },
  },
  notes: "What is not provably narrower counts as wider. Wider takes two operators' signatures, narrower one.",
  async run(args) {
    const file = args.positionals[0] ?? "";
    const after = readPolicyFile(file);
    const before = readPolicy(await otherText(args), file);
    const changes = compare(before.policy, after.policy);
    const signatures = operatorsNeeded(changes);
    if (args.flag("json")) {
      process.stdout.write(`${stringifyJson({ ...changes, signatures })}\n`);
      return 0;
    }
    const lines = [
      ...changes.widened.map((line) => `wider     ${line.slice(1)}`),
      ...changes.narrowed.map((line) => `narrower  ${line.slice(1)}`),
      `version ${before.policy.version} to ${after.policy.version} takes the signatures of ${signatures} operator${signatures === 1 ? "" : "s"}`,
    ];
    process.stdout.write(`${lines.join("\n")}\n`);
    return 0;
  },
};

async function otherText(args: Arguments): Promise<string> {
  const against = args.text("against");
  if (against !== undefined) return readFileOption("--against", against);
  if (args.text("operator") === undefined) {
    throw new AttestorError("usage", { reason: "--operator FILE or --against FILE is missing" });
  }
  return (await withSigner(args, policyStatus)).text;
}
