import { closeSync, fsyncSync, openSync, rmSync, writeSync } from "node:fs";
import { systemClock } from "../../shared/clock/index.ts";
import { AttestorError, faultText } from "../../shared/errors/index.ts";
import { exportLedger, verifyInterchange } from "../../signer/index.ts";
import type { Arguments, Command } from "../command.ts";
import { print } from "../input.ts";
import { writeRunningHistory } from "../operate/ledgerHistory.ts";
import { operatorOption, withSigner } from "../operate/signerConnection.ts";

export const ledgerExport: Command = {
  name: "ledger export",
  summary: "write a ledger's history for another one to take over",
  options: {
    ledger: { type: "string", value: "FILE", help: "the ledger's file; its signer is not running" },
    operator: {
      ...operatorOption,
      required: false,
      help: "ask a running signer: see docs/samples/operator.yaml",
    },
    out: { type: "string", value: "FILE", required: true, help: "a new file for the history" },
    minimal: { type: "boolean", help: "a watermark for each route and what is still open, instead of every record" },
    json: { type: "boolean", help: "print JSON" },
  },
  notes: [
    "From a running signer comes all that was signed before the command began, for a standby; each record is proved",
    "before the file is kept. A signer whose ledger another one has taken over must not sign again.",
    "docs/ledger.md describes the format.",
  ].join("\n"),
  async run(args) {
    const writeTo = exportOf(args);
    const file = args.required("out");
    const out = openNew(file);
    try {
      await writeTo((piece) => writeSync(out, piece));
      fsyncSync(out);
      if (args.text("ledger") === undefined) verifyInterchange(file); // what came over the network proves itself
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

/** How the history is had, by what the options say. @throws AttestorError `usage`. */
function exportOf(args: Arguments): (write: (piece: string) => void) => Promise<void> {
  const [ledger, minimal] = [args.text("ledger"), args.flag("minimal")];
  if ((ledger === undefined) === (args.text("operator") === undefined)) {
    throw new AttestorError("usage", { reason: "name either --ledger or --operator" });
  }
  if (ledger !== undefined) return async (write) => exportLedger(ledger, { minimal, clock: systemClock }, write);
  if (minimal) {
    throw new AttestorError("usage", { reason: "--minimal needs the ledger at rest: what is open changes meanwhile" });
  }
  return (write) => withSigner(args, (signer) => writeRunningHistory(signer, write));
}

function openNew(file: string): number {
  try {
    return openSync(file, "wx", 0o600);
  } catch (error) {
    throw new AttestorError("usage", { reason: `--out ${file} cannot be made (${faultText(error)})` });
  }
}
