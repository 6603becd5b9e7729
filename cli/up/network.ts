import { existsSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import type { DeployedSide } from "../../contracts/index.ts";
import type { Hex } from "../../shared/digest/index.ts";
import { stringifyJson } from "../../shared/json/index.ts";

/** A key in an attestor's token. */
export interface AttestorKey {
  readonly uri: string;
  readonly publicKey: Hex;
  readonly address: string;
}

/** One attestor's keys: one for packets that arrive on each chain, and the one of its audit chain. */
export type AttestorKeys = Readonly<Record<"alpha" | "beta" | "audit", AttestorKey>>;

/** What the first start made and later starts use again. Written last, so its presence means that all of it is there. */
export interface Network {
  readonly keys: readonly AttestorKeys[];
  readonly sides: readonly [DeployedSide, DeployedSide];
}

/** Rises when later starts need what earlier ones did not make (2: policies, operators; 3: audit keys). */
const format = 3;

/** @returns undefined too for a network that an earlier version of this program made: it is made anew. */
export function readNetwork(file: string): Network | undefined {
  if (!existsSync(file)) return undefined;
  const stored = JSON.parse(readFileSync(file, "utf8")) as Network & { readonly format?: number };
  if (stored.format !== format) return undefined;
  const [alpha, beta] = stored.sides.map((side) => ({ ...side, chainId: BigInt(side.chainId) }));
  return alpha && beta ? { keys: stored.keys, sides: [alpha, beta] } : undefined;
}

export function writeNetwork(file: string, network: Network): void {
  writeFileSync(`${file}.new`, `${stringifyJson({ format, ...network }, 2)}\n`);
  renameSync(`${file}.new`, file);
}
