import { isTokenUri, parseAnyKeyUri } from "../../hsm/index.ts";
import { generateKey, readPinFile } from "../../hsm/provisioning/index.ts";
import { loadConfig } from "../../shared/config/index.ts";
import { addressOfPublicKey, publicKeyFromHex } from "../../shared/ecdsa/index.ts";
import { AttestorError } from "../../shared/errors/index.ts";
import { stringifyJson } from "../../shared/json/index.ts";
import { readPolicyFile, signerConfig } from "../../signer/index.ts";
import type { Command } from "../command.ts";
import { parseActivations, peerLines, policyLines, refuseMissingRoutes } from "../rotation/successorSettings.ts";

export const hsmRotate: Command = {
  name: "hsm rotate",
  summary: "generate the key that takes over from another",
  options: {
    config: { type: "string", value: "FILE", required: true, help: "the signer's configuration" },
    key: { type: "string", value: "NAME", required: true, help: "the key that is to be succeeded" },
    label: { type: "string", value: "NAME", required: true, help: "label and name of the new key" },
    id: { type: "string", value: "HEX", required: true, help: "the new key's id, 4 hex digits" },
    from: { type: "string", value: "LIST", required: true, help: "ROUTE=SEQUENCE for each route of the old key" },
    json: { type: "boolean", help: "print JSON" },
  },
  notes: [
    "Generates the key in the old one's token and prints what signer.yaml, policy.yaml, chain.yaml and",
    "collector.yaml get; it edits none of them. From that sequence on the new key signs, below it the old one.",
    "docs/hsm.md has the order of what follows: register the address at the bridge, `attestor ledger bind`, restart",
    "the signer, the collectors and the chain-service, and apply the policy, which two operators must sign.",
  ].join("\n"),
  async run(args) {
    const activations = parseActivations(args.required("from"));
    const { keys, policy: policyFile, stateFolder } = loadConfig(args.required("config"), signerConfig);
    const old = keys.find(({ name }) => name === args.required("key"));
    if (!old) throw new AttestorError("usage", { reason: `--key ${args.required("key")} is no key that attests` });
    if (keys.some(({ succeeds }) => succeeds === old.name)) {
      throw new AttestorError("usage", { reason: `key ${old.name} has a successor already` });
    }
    refuseMissingRoutes(old.name, readPolicyFile(policyFile, keys).policy.routes, activations);
    const place = parseAnyKeyUri(old.uri);
    if (!isTokenUri(place)) {
      throw new AttestorError("usage", {
        reason:
          "only a key in a token has its successor generated here; create another one where it is, and write it into the files yourself",
      });
    }
    if (!("file" in place.pinSource)) {
      throw new AttestorError("usage", { reason: "the key's PIN is no file here; generate the key with hsm keygen" });
    }
    const { module, token, serial, vendor, pinSource } = place;
    const label = args.required("label");
    const made = generateKey({
      ...{ module, token, serial, label, id: args.required("id"), ...(vendor && { vendor }) },
      ...{ pin: readPinFile(pinSource.file, stateFolder), pinFile: pinSource.file },
    });
    const { scheme, deployment, destination } = old;
    const key = { name: label, uri: made.uri, publicKey: made.publicKey, scheme, deployment, destination };
    const entry = { ...key, succeeds: old.name };
    if (args.flag("json")) {
      process.stdout.write(`${stringifyJson({ address: made.address, key: entry, activations })}\n`);
      return 0;
    }
    const lines = Object.entries(entry).map(([field, value]) => `${field}: ${stringifyJson(value)}`);
    process.stdout.write(`address ${made.address}\n\n# signer.yaml, keys, below ${old.name}\n`);
    process.stdout.write(`- ${lines.join("\n  ")}\n\n# policy.yaml\n${policyLines(label, activations)}\n\n`);
    const succeeds = addressOfPublicKey(publicKeyFromHex(old.publicKey) ?? new Uint8Array());
    process.stdout.write(`${peerLines({ attestor: made.address, succeeds }, activations)}\n`);
    return 0;
  },
};
