import { systemClock } from "../../shared/clock/index.ts";
import { loadConfig } from "../../shared/config/index.ts";
import { openState, signerConfig, standbyOf, takeOverObject } from "../../signer/index.ts";
import type { Command } from "../command.ts";
import { printStatement, validOption } from "../operate/statements.ts";

export const ledgerStatement: Command = {
  name: "ledger statement",
  summary: "print the statement that operators sign to have a standby take over",
  options: {
    config: { type: "string", value: "FILE", required: true, help: "the standby's configuration" },
    valid: validOption,
  },
  notes: [
    "Sign it only when the other signer is stopped and cannot start again: two that run sign twice.",
    "Write it to a file and have it signed where each operator's key is:",
    "",
    "  attestor ledger statement --config standby.yaml > take-over.txt",
    "  ssh-keygen -Y sign -n hsm-attestor -f ~/.ssh/id_ed25519_sk take-over.txt",
    "",
    "ssh-keygen writes take-over.txt.sig. `ledger take-over` takes the statement and two operators' signatures.",
    "They count for the history that the standby has now; after another import they sign anew.",
  ].join("\n"),
  async run(args) {
    const { ledger: file } = loadConfig(args.required("config"), signerConfig);
    const state = openState(file, systemClock, "Create it first: attestor ledger init --standby-of LEDGER.");
    try {
      const object = state.read((database) => takeOverObject(database, standbyOf(database)));
      printStatement(args, { action: "take-over", object, ledger: state.id });
    } finally {
      state.close();
    }
    return 0;
  },
};
