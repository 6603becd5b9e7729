import { closeSync, fsyncSync, openSync, rmSync, writeSync } from "node:fs";
import { systemClock } from "../../shared/clock/index.ts";
import { AttestorError, faultName } from "../../shared/errors/index.ts";
import { exportLedger } from "../../signer/index.ts";
import type { Command } from "../command.ts";
import { print } from "../input.ts";

export const ledgerExport: Command = {
  name: "ledger export",
  summary: "write a ledger's history for another one to take over",
  options: {
    ledger: { type: "string", value: "FILE", required: true, help: "the ledger's file" },
    out: { type: "string", value: "FILE", required: true, help: "a new file for the history" },
    minimal: { type: "boolean", help: "a watermark for each route and what is still open, instead of every record" },
    json: { type: "boolean", help: "print JSON" },
  },
  notes: [
    "The signer must not be running, and must not sign again with this ledger once another one has taken it over.",
    "docs/ledger.md describes the format.",
  ].join("\n"),
  async run(args) {
    const file = args.required("out");
    const out = openNew(file);
    try {
      const options = { minimal: args.flag("minimal"), clock: systemClock };
      exportLedger(args.required("ledger"), options, (piece) => writeSync(out, piece));
      fsyncSync(out);
    } catch (error) {
      rmSync(file);
      throw error;
    } finally {
      closeSync(out);
    }
    print(args, { file });
    return 0;
  },
};

function openNew(file: string): number {
  try {
    return openSync(file, "wx", 0o600);
  } catch (error) {
    throw new AttestorError("usage", { reason: `--out ${file} cannot be made (${faultName(error)})` });
  }
}
