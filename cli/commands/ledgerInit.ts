import { loadConfig } from "../../shared/config/index.ts";
import { createState, signerConfig } from "../../signer/index.ts";
import type { Command } from "../command.ts";
import { print } from "../input.ts";

export const ledgerInit: Command = {
  name: "ledger init",
  summary: "create the signer's attest-once ledger",
  options: {
    config: {
      type: "string",
      value: "FILE",
      required: true,
      help: "the signer's configuration, which names the ledger",
    },
    json: { type: "boolean", help: "print JSON" },
  },
  notes:
    "Do this once, when the keys are new: a second ledger for keys that have signed would allow a second signature.",
  async run(args) {
    const { ledger } = loadConfig(args.required("config"), signerConfig);
    createState(ledger, "database");
    print(args, { ledger });
    return 0;
  },
};
