import { systemClock } from "../../shared/clock/index.ts";
import { importLedger } from "../../signer/index.ts";
import type { Command } from "../command.ts";
import { print } from "../input.ts";

export const ledgerImport: Command = {
  name: "ledger import",
  summary: "take over the history of another ledger",
  positionals: ["FILE"],
  options: {
    ledger: { type: "string", value: "FILE", required: true, help: "the ledger that takes it over" },
    json: { type: "boolean", help: "print JSON" },
  },
  notes: [
    "All of the file is taken over or nothing: a record that contradicts the ledger, or does not prove itself, is",
    "refused by name. Below a watermark, what is neither open nor came along answers closed_by_import from then on.",
    "The signer must not be running.",
  ].join("\n"),
  async run(args) {
    print(args, { ...(await importLedger(args.required("ledger"), args.positionals[0] ?? "", systemClock)) });
    return 0;
  },
};
