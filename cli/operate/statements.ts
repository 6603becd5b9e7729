import { check, durationBetween } from "../../shared/schema/index.ts";
import { formatStatement, type Statement } from "../../signer/index.ts";
import type { Arguments, OptionHelp } from "../command.ts";
import { readFileOption } from "../input.ts";

/** How long the signatures under a statement count. */
export const validOption: OptionHelp = {
  type: "string",
  value: "TIME",
  help: "how long the signatures count: 1m to 7d (default 24h)",
};

/** What a command takes that needs operators' signatures. */
export const approvalOptions = {
  statement: { type: "string", value: "FILE", required: true, help: "the statement that was signed" },
  signatures: { type: "string", value: "FILES", required: true, help: "the .sig files, separated by commas" },
} satisfies Record<string, OptionHelp>;

/** How a statement is signed, as help tells it. @param command that prints the statement. */
export function howToSign(command: string): string {
  return [
    "Write it to a file and have it signed where each operator's key is:",
    "",
    `  attestor ${command} --operator operator.yaml > change.txt`,
    "  ssh-keygen -Y sign -n hsm-attestor -f ~/.ssh/id_ed25519_sk change.txt",
    "",
  ].join("\n");
}

/** Prints the statement that operators sign, and nothing else. @throws AttestorError `invalid_field`. */
export function printStatement(args: Arguments, agreed: Omit<Statement, "expiresMs">): void {
  const valid = check(durationBetween("1m", "7d"), args.text("valid") ?? "24h", "--valid");
  process.stdout.write(formatStatement({ ...agreed, expiresMs: Date.now() + valid }));
}

/** Reads the files that {@link approvalOptions} name. @throws AttestorError `usage`. */
export function approvalFrom(args: Arguments): { statement: string; signatures: string[] } {
  return {
    statement: readFileOption("--statement", args.required("statement")),
    signatures: args
      .required("signatures")
      .split(",")
      .map((name) => readFileOption("--signatures", name.trim())),
  };
}
