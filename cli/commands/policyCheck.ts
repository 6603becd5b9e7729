import { loadConfig } from "../../shared/config/index.ts";
import { openDenyList, readPolicyFile, signerConfig } from "../../signer/index.ts";
import type { Command } from "../command.ts";
import { print } from "../input.ts";

export const policyCheck: Command = {
  name: "policy check",
  summary: "check a policy against a signer's keys",
  positionals: ["FILE"],
  options: {
    config: { type: "string", value: "FILE", required: true, help: "the signer's configuration, which names the keys" },
    json: { type: "boolean", help: "print JSON" },
  },
  notes: "Reads files alone. Exit code 2 if anything is wrong.",
  async run(args) {
    const file = args.positionals[0] ?? "";
    const { keys } = loadConfig(args.required("config"), signerConfig);
    const { policy, hash } = readPolicyFile(file, keys);
    if (policy.denyList !== undefined) openDenyList(policy.denyList);
    print(args, { file, version: policy.version, hash, valid: true });
    return 0;
  },
};
