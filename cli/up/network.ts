import { existsSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import type { DeployedSide } from "../../contracts/index.ts";
import type { Hex } from "../../shared/digest/index.ts";
import { AttestorError, faultText } from "../../shared/errors/index.ts";
import { stringifyJson } from "../../shared/json/index.ts";

/** A key in an attestor's token. */
export interface AttestorKey {
  readonly uri: string;
  readonly publicKey: Hex;
  readonly address: string;
}

/** What a key of an attestor is for: packets that arrive there. Each pair of contracts has keys of its own. */
export const keyNames = ["alpha", "beta", "aleo", "alphaFromAleo"] as const;
export type KeyName = (typeof keyNames)[number];

/** One attestor's keys, and the one of its audit chain. Those for Aleo are there with an Aleo side only. */
export type AttestorKeys = Readonly<
  Record<"alpha" | "beta" | "audit", AttestorKey> & Partial<Record<KeyName, AttestorKey>>
>;

/** What the first start made and later starts use again. Written last, so its presence means that all of it is there. */
export interface Network {
  readonly keys: readonly AttestorKeys[];
  readonly sides: readonly [DeployedSide, DeployedSide];
  /** The contracts on alpha that are connected with Aleo, where the network has an Aleo side. */
  readonly aleoSide?: DeployedSide | undefined;
}

/** Rises when later starts need what earlier ones did not make (2: policies, operators; 3: audit keys). */
const format = 3;

/**
 * @returns undefined too for a network that an earlier version of this program made: it is made anew.
 * @throws AttestorError `setup_needed` if the file is no JSON.
 */
export function readNetwork(file: string): Network | undefined {
  if (!existsSync(file)) return undefined;
  const stored = parse(file);
  if (stored.format !== format) return undefined;
  const restored = (side: DeployedSide) => ({ ...side, chainId: BigInt(side.chainId) });
  const [alpha, beta] = stored.sides.map(restored);
  const aleoSide = stored.aleoSide && restored(stored.aleoSide);
  return alpha && beta ? { keys: stored.keys, sides: [alpha, beta], ...(aleoSide && { aleoSide }) } : undefined;
}

function parse(file: string): Network & { readonly format?: number } {
  try {
    return JSON.parse(readFileSync(file, "utf8"));
  } catch (error) {
    throw new AttestorError("setup_needed", {
      reason: `${file} cannot be read (${faultText(error)}): start over with --reset`,
    });
  }
}

export function writeNetwork(file: string, network: Network): void {
  writeFileSync(`${file}.new`, `${stringifyJson({ format, ...network }, 2)}\n`);
  renameSync(`${file}.new`, file);
}
