import { bindKeysToLedger, readLedgerBindings } from "../../hsm/provisioning/index.ts";
import { systemClock } from "../../shared/clock/index.ts";
import { loadConfig } from "../../shared/config/index.ts";
import { openState, signerConfig } from "../../signer/index.ts";
import type { Command } from "../command.ts";
import { print } from "../input.ts";

export const ledgerBind: Command = {
  name: "ledger bind",
  summary: "bind new keys to the signer's ledger",
  options: {
    config: {
      type: "string",
      value: "FILE",
      required: true,
      help: "the signer's configuration, which names the ledger and the keys",
    },
    json: { type: "boolean", help: "print JSON" },
  },
  notes: [
    "Writes the ledger's id into the tokens for keys that were added after `attestor ledger init`.",
    "A key that belongs to another ledger is refused. A key of AWS KMS, or of a token without data objects, is",
    "named under withoutRecord: only the ledger's own file says whose it is, and the signer warns at each start. It",
    "must not be running.",
  ].join("\n"),
  async run(args) {
    const config = args.required("config");
    const { ledger: file, keys, stateFolder: latchFolder } = loadConfig(config, signerConfig);
    const state = openState(file, systemClock, `Create it first: attestor ledger init --config ${config}`);
    try {
      const bound = bindKeysToLedger({ keys, ledger: state.id, latchFolder });
      const withoutRecord = readLedgerBindings(keys, { latchFolder }).flatMap(({ key, bindable }) =>
        bindable ? [] : [key],
      );
      print(args, { ledger: state.id, bound, withoutRecord });
    } finally {
      state.close();
    }
    return 0;
  },
};
