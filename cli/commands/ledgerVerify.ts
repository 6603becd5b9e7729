import { closeSync, openSync, readSync } from "node:fs";
import { AttestorError, faultText } from "../../shared/errors/index.ts";
import { verifyInterchange, verifyLedger } from "../../signer/index.ts";
import type { Arguments, Command } from "../command.ts";
import { print } from "../input.ts";

export const ledgerVerify: Command = {
  name: "ledger verify",
  summary: "check every record of a ledger or of an exported history",
  positionals: ["FILE"],
  options: { json: { type: "boolean", help: "print JSON" } },
  notes: [
    "Computes every digest anew, checks each signature, and compares a ledger with its audit chain. Works on a",
    "copy; the signer must not be running. Exit code 0: sound. 1: something is not what it must be.",
  ].join("\n"),
  async run(args) {
    const file = args.positionals[0] ?? "";
    if (!isDatabase(file)) {
      print(args, { sound: true, ...verifyInterchange(file) }); // what is not sound is refused by an error
      return 0;
    }
    return printLedger(args, file);
  },
};

function printLedger(args: Arguments, file: string): number {
  const { problems, ...counts } = verifyLedger(file);
  const sound = problems.length === 0;
  print(args, { sound, ...counts, ...(args.flag("json") ? { problems } : {}) });
  if (!args.flag("json")) for (const problem of problems) process.stdout.write(`  - ${problem}\n`);
  return sound ? 0 : 1;
}

/** Every SQLite database begins with these 16 bytes (SQLite file format §1.3). */
const databaseStart = "SQLite format 3\0";

function isDatabase(file: string): boolean {
  const start = Buffer.alloc(databaseStart.length);
  try {
    const descriptor = openSync(file, "r");
    readSync(descriptor, start);
    closeSync(descriptor);
  } catch (error) {
    throw new AttestorError("usage", { reason: `${file} cannot be read (${faultText(error)})` });
  }
  return start.toString("latin1") === databaseStart;
}
