import { configuredService, loadConfig } from "../../shared/config/index.ts";
import { AttestorError } from "../../shared/errors/index.ts";
import { nearest } from "../../shared/schema/index.ts";
import type { Command } from "../command.ts";
import { print } from "../input.ts";

const checks: Readonly<Record<string, (file: string) => Promise<unknown>>> = {
  signer: async (file) => loadConfig(file, (await import("../../signer/index.ts")).signerConfig),
  keeper: async (file) => loadConfig(file, (await import("../../hsm/index.ts")).keeperConfig),
  policy: async (file) => loadConfig(file, (await import("../../signer/index.ts")).policyConfig),
  chain: async (file) => loadConfig(file, (await import("../../chain/index.ts")).chainConfig),
  operator: async (file) => loadConfig(file, (await import("../operate/signerConnection.ts")).operatorConfig),
  collector: async (file) => loadConfig(file, (await import("../../collector/index.ts")).collectorConfig),
};

export const configCheck: Command = {
  name: "config check",
  summary: "check a service's configuration file",
  positionals: ["FILE"],
  options: { json: { type: "boolean", help: "print JSON" } },
  notes: [
    "Reads the file alone: it opens no database, token or connection. Exit code 2 if anything is wrong.",
    "Whether a policy fits a signer's keys is what `policy check` looks at.",
  ].join("\n"),
  async run(args) {
    const file = args.positionals[0] ?? "";
    const service = configuredService(file);
    const check = service === undefined ? undefined : checks[service];
    if (check === undefined) throw new AttestorError("config_invalid", { file, problems: [serviceProblem(service)] });
    const sealed = sealedKeys(await check(file));
    const custody = sealed.length > 0 && `sealed-software: ${sealed.join(", ")} (the key signs OUTSIDE the HSM)`;
    print(args, { file, service, valid: true, ...(custody && { custody }) });
    return 0;
  },
};

/** Names of the keys that an operator has accepted in software. */
function sealedKeys(config: unknown): string[] {
  const keys = typeof config === "object" && config !== null && "keys" in config ? config.keys : [];
  return (Array.isArray(keys) ? keys : []).flatMap((key: { name?: unknown; custody?: unknown }) =>
    key.custody === "sealed-software" ? [String(key.name)] : [],
  );
}

function serviceProblem(service: string | undefined): string {
  const names = Object.keys(checks);
  if (service === undefined) return `service: is missing; must be one of ${names.join(", ")}`;
  const guess = nearest(service, names);
  return `service: must be one of ${names.join(", ")}${guess ? `; did you mean ${guess}?` : ""}`;
}
