import { statSync } from "node:fs";
import path from "node:path";
import { chainConfig, controlRequest } from "../../chain/index.ts";
import { loadConfig } from "../../shared/config/index.ts";
import { AttestorError, faultName, faultText } from "../../shared/errors/index.ts";
import type { Arguments, OptionHelp } from "../command.ts";
import { configFile } from "../up/configs.ts";
import { defaultRoot } from "../up/defaults.ts";
import { planNetwork } from "../up/plan.ts";

/** Which chain-services a command speaks to. */
export const chainServiceOptions: Readonly<Record<string, OptionHelp>> = {
  config: {
    type: "string",
    value: "FILE",
    help: "a chain-service's configuration (default: the local network's three)",
  },
  folder: { type: "string", value: "FOLDER", help: "where `attestor up` keeps its state (default .attestor here)" },
};

/** A running chain-service, reached over the control socket in its state folder. */
export interface ChainService {
  readonly name: string;
  readonly stateFolder: string;
  /** @throws AttestorError `peer_unreachable`, or `not_found` and the like as the service says. */
  ask(method: "GET" | "POST", url: string): Promise<unknown>;
}

/** The chain-service that `--config` names, else those of the local network. */
export function chainServices(args: Arguments): ChainService[] {
  const file = args.text("config");
  if (file !== undefined) return [chainService("chain-service", file)];
  const plan = planNetwork(path.resolve(args.text("folder") ?? defaultRoot), 0);
  if (!isThere(plan.networkFile)) {
    throw new AttestorError("usage", { reason: "no local network is here: name a chain-service with --config FILE" });
  }
  return plan.attestors.map((attestor) => chainService(attestor.name, configFile.chain(attestor)));
}

/** @throws AttestorError `usage` where another user's folder does not tell. */
function isThere(file: string): boolean {
  try {
    statSync(file);
    return true;
  } catch (error) {
    if (faultName(error) === "ENOENT") return false;
    throw new AttestorError("usage", { reason: `${file} cannot be looked for (${faultText(error)})` });
  }
}

function chainService(name: string, file: string): ChainService {
  const { stateFolder } = loadConfig(file, chainConfig);
  return {
    name,
    stateFolder,
    async ask(method, url) {
      const { status, body } = await controlRequest(stateFolder, method, url);
      if (status === 200) return body;
      const detail = typeof body === "object" && body !== null && "detail" in body ? String(body.detail) : "";
      if (status === 400) throw new AttestorError("usage", { reason: detail.replace(/\.$/, "") });
      throw new AttestorError("conflict", {
        reason: detail.replace(/\.$/, "") || `the chain-service answered ${status}`,
      });
    },
  };
}
