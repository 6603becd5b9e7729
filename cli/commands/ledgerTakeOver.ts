import { bindKeysToLedger } from "../../hsm/provisioning/index.ts";
import { systemClock } from "../../shared/clock/index.ts";
import { loadConfig } from "../../shared/config/index.ts";
import { openState, signerConfig, takeOver } from "../../signer/index.ts";
import type { Command } from "../command.ts";
import { print } from "../input.ts";
import { approvalFrom, approvalOptions } from "../operate/statements.ts";

export const ledgerTakeOver: Command = {
  name: "ledger take-over",
  summary: "have a standby take the keys over, for which two operators signed",
  options: {
    config: { type: "string", value: "FILE", required: true, help: "the standby's configuration" },
    ...approvalOptions,
    json: { type: "boolean", help: "print JSON" },
  },
  notes: [
    "Records who signed, then writes into the tokens that the keys belong to this ledger: the signer that had them",
    "before does not start again. If that fails, run it once more. Then start the signer; it waits for its clients.",
  ].join("\n"),
  async run(args) {
    const { ledger: file, keys, stateFolder: latchFolder } = loadConfig(args.required("config"), signerConfig);
    const state = openState(file, systemClock, "Create it first: attestor ledger init --standby-of LEDGER.");
    try {
      const instead = await takeOver(state, approvalFrom(args));
      const bound = bindKeysToLedger({ keys, ledger: state.id, instead, latchFolder });
      print(args, { ledger: state.id, instead, bound });
    } finally {
      state.close();
    }
    return 0;
  },
};
