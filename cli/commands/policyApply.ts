import { writeFileSync } from "node:fs";
import { z } from "zod";
import { AttestorError } from "../../shared/errors/index.ts";
import { stringifyJson } from "../../shared/json/index.ts";
import { approvalFileOf, readPolicyFile } from "../../signer/index.ts";
import type { Command } from "../command.ts";
import { print } from "../input.ts";
import { operatorOption, withSigner } from "../operate/signerConnection.ts";
import { approvalFrom, approvalOptions } from "../operate/statements.ts";

const appliedAnswer = z.object({
  version: z.unknown().transform(String),
  hash: z.string(),
  operators: z.array(z.string()),
  widened: z.array(z.string()),
  narrowed: z.array(z.string()),
});

export const policyApply: Command = {
  name: "policy apply",
  summary: "put a signed policy into force",
  positionals: ["FILE"],
  options: {
    ...approvalOptions,
    operator: { ...operatorOption, required: false },
    "at-start": { type: "boolean", help: "write FILE.approval, for the signer's next start" },
    json: { type: "boolean", help: "print JSON" },
  },
  notes: [
    "All of it comes into force at once or nothing does; the one before then stays. Connections of clients",
    "that it no longer names close. Afterwards put FILE where signer.yaml's policy is: until then the signer",
    "warns at a start.",
  ].join("\n"),
  async run(args) {
    const file = args.positionals[0] ?? "";
    const { text } = readPolicyFile(file);
    const approval = approvalFrom(args);
    if (args.flag("at-start")) {
      const approvalFile = approvalFileOf(file);
      writeFileSync(approvalFile, `${stringifyJson(approval, 2)}\n`);
      print(args, { approval: approvalFile });
      return 0;
    }
    if (args.text("operator") === undefined) {
      throw new AttestorError("usage", { reason: "--operator FILE is missing (or --at-start)" });
    }
    const { widened, narrowed, operators, ...applied } = await withSigner(args, (signer) =>
      signer.ask(appliedAnswer, "POST", "/v1/policy", { policy: text, approval }),
    );
    print(args, {
      ...applied,
      operators: operators.join(", ") || "nobody needed",
      wider: widened.length,
      narrower: narrowed.length,
    });
    return 0;
  },
};
