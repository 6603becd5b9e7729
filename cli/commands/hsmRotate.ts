import { loadConfig } from "../../shared/config/index.ts";
import { AttestorError } from "../../shared/errors/index.ts";
import { stringifyJson } from "../../shared/json/index.ts";
import { addressOfKey } from "../../shared/signature/index.ts";
import { readPolicyFile, signerConfig } from "../../signer/index.ts";
import type { Command } from "../command.ts";
import { makeSuccessor } from "../rotation/makeSuccessor.ts";
import {
  parseActivations,
  peerLines,
  policyLines,
  refuseBadName,
  refuseMissingRoutes,
} from "../rotation/successorSettings.ts";

export const hsmRotate: Command = {
  name: "hsm rotate",
  summary: "generate the key that takes over from another",
  options: {
    config: { type: "string", value: "FILE", required: true, help: "the signer's configuration" },
    key: { type: "string", value: "NAME", required: true, help: "the key that is to be succeeded" },
    label: { type: "string", value: "NAME", required: true, help: "label and name of the new key" },
    id: { type: "string", value: "HEX", required: true, help: "the new key's id, 4 hex digits" },
    from: { type: "string", value: "LIST", required: true, help: "ROUTE=SEQUENCE for each route of the old key" },
    "sealed-file": { type: "string", value: "FILE", help: "where a sealed key's successor goes; must not exist" },
    json: { type: "boolean", help: "print JSON" },
  },
  notes: [
    "Generates the key in the old one's token and prints what signer.yaml, policy.yaml, chain.yaml and",
    "collector.yaml get; it edits none of them. From that sequence on the new key signs, below it the old one.",
    "A sealed Aleo key has a sealed successor, with an AES key of its own in the token.",
    "docs/hsm.md has the order of what follows: register the address at the bridge, `attestor ledger bind`, restart",
    "the signer, the collectors and the chain-service, and apply the policy, which two operators must sign.",
  ].join("\n"),
  async run(args) {
    const activations = parseActivations(args.required("from"));
    const { keys, audit, policy: policyFile, stateFolder } = loadConfig(args.required("config"), signerConfig);
    const old = keys.find(({ name }) => name === args.required("key"));
    if (!old) throw new AttestorError("usage", { reason: `--key ${args.required("key")} is no key that attests` });
    if (keys.some(({ succeeds }) => succeeds === old.name)) {
      throw new AttestorError("usage", { reason: `key ${old.name} has a successor already` });
    }
    refuseMissingRoutes(old.name, readPolicyFile(policyFile, keys).policy.routes, activations);
    const label = args.required("label");
    refuseBadName(label, [...keys, audit.key]);
    const wishes = { label, id: args.required("id"), sealedFile: args.text("sealed-file"), stateFolder };
    const { address, entry } = makeSuccessor(old, wishes);
    if (args.flag("json")) {
      process.stdout.write(`${stringifyJson({ address, key: entry, activations })}\n`);
      return 0;
    }
    const lines = Object.entries(entry).map(([field, value]) => `${field}: ${stringifyJson(value)}`);
    process.stdout.write(`address ${address}\n\n# signer.yaml, keys, below ${old.name}\n`);
    process.stdout.write(`- ${lines.join("\n  ")}\n\n# policy.yaml\n${policyLines(label, activations)}\n\n`);
    process.stdout.write(
      `${peerLines({ attestor: address, succeeds: addressOfKey(old.publicKey) ?? old.publicKey }, activations)}\n`,
    );
    return 0;
  },
};
