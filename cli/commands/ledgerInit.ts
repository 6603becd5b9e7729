import { existsSync, rmSync } from "node:fs";
import { bindKeysToLedger, type KeyBinding, readLedgerBindings } from "../../hsm/provisioning/index.ts";
import { systemClock } from "../../shared/clock/index.ts";
import { loadConfig } from "../../shared/config/index.ts";
import { AttestorError } from "../../shared/errors/index.ts";
import { createState, readPolicyFile, signerConfig } from "../../signer/index.ts";
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
      help: "the signer's configuration",
    },
    replace: { type: "string", value: "LEDGER", help: "take over the keys of a ledger that is lost for good" },
    "standby-of": {
      type: "string",
      value: "LEDGER",
      help: "ledger whose keys this one may take over later",
    },
    json: { type: "boolean", help: "print JSON" },
  },
  notes: [
    "Do this once, when the keys are new: a second ledger for keys that have signed would allow a second signature.",
    "The ledger's random id is written into the tokens beside the keys, and the signer starts with no other ledger.",
    "The ledger records the policy of this moment; every later one needs signatures of its operators.",
    "A token that cannot hold it is named under withoutRecord: then only the ledger's own file says which it is.",
    "With --standby-of the keys stay with the other ledger until two operators sign (attestor ledger take-over).",
    "After --replace, import an export of the lost ledger before the signer starts (attestor ledger import).",
  ].join("\n"),
  async run(args) {
    const {
      ledger: file,
      keys,
      policy: policyFile,
      stateFolder: latchFolder,
    } = loadConfig(args.required("config"), signerConfig);
    const policy = readPolicyFile(policyFile, keys);
    const [replace, standbyOf] = [args.text("replace"), args.text("standby-of")];
    if (replace !== undefined && standbyOf !== undefined) {
      throw new AttestorError("usage", { reason: "--replace and --standby-of exclude each other" });
    }
    if (standbyOf !== undefined && !/^[0-9a-f]{32}$/.test(standbyOf)) {
      throw new AttestorError("usage", { reason: "--standby-of must be the id of a ledger: 32 hex digits" });
    }
    // before the tokens are asked: their advice is for a ledger that is lost
    if (existsSync(file)) throw new AttestorError("database_exists", { file });
    const found = readLedgerBindings(keys, { latchFolder });
    refuseBound(found, replace ?? standbyOf);
    const withoutRecord = found.filter(({ bindable }) => !bindable).map(({ key }) => key);
    const binding = withoutRecord.length > 0 ? "database" : "token";
    const ledger = createState(file, binding, policy, systemClock, standbyOf);
    if (standbyOf !== undefined) {
      print(args, { ledger, file, standbyOf, withoutRecord });
      return 0;
    }
    try {
      bindKeysToLedger({ keys, ledger, latchFolder, ...(replace === undefined ? {} : { instead: replace }) });
    } catch (error) {
      for (const part of ["", "-wal"]) rmSync(`${file}${part}`, { force: true }); // nothing has been recorded in it
      throw error;
    }
    print(args, { ledger, file, withoutRecord });
    return 0;
  },
};

function refuseBound(found: readonly KeyBinding[], replace: string | undefined): void {
  for (const { key, ledgers } of found) {
    const other = ledgers.find((id) => id !== replace);
    if (other === undefined) continue;
    const advice = `if that ledger is lost for good, add --replace ${other}`;
    throw new AttestorError("conflict", { reason: `Key ${key} belongs to ledger ${other}, its token says; ${advice}` });
  }
}
