import { readFileSync } from "node:fs";
import { join } from "node:path";

export interface BridgeProgramPlan {
  /** The id under which it is deployed, such as `bridge.aleo`. */
  readonly program: string;
  /** The bridge's number for this chain, u128. */
  readonly chainId: bigint;
  /** 32 bytes that name network and program; attestors sign them with every packet (`verulinkAleoEcdsaDomain`). */
  readonly domain: Uint8Array;
}

/**
 * The text of the bridge program in Aleo instructions, ready to be deployed. Its domain and its chain id are constants of
 * it: no caller can choose them.
 *
 * @throws RangeError if a part of the plan cannot stand in a program.
 */
export function bridgeProgram({ program, chainId, domain }: BridgeProgramPlan): string {
  if (domain.length !== 32) throw new RangeError("the domain must be 32 bytes");
  if (chainId < 0n || chainId >= 1n << 128n) throw new RangeError("the chain id must be a u128");
  const bytes = Array.from(domain, (byte) => `${byte}u8`).join(" ");
  return filledIn("attested_bridge.aleo", { program: programId(program), chain_id: `${chainId}`, domain: bytes });
}

/**
 * The text of the token service that the local network and the tests use with that bridge.
 *
 * @throws RangeError if an id cannot be one.
 */
export function tokenServiceProgram(plan: { readonly program: string; readonly bridge: string }): string {
  return filledIn("attested_tokens.aleo", { program: programId(plan.program), bridge: programId(plan.bridge) });
}

function programId(id: string): string {
  if (/^[a-z][a-z0-9_]{0,30}\.aleo$/.test(id)) return id;
  throw new RangeError("a program id must be a letter, then at most 30 of a to z, 0 to 9 and _, then .aleo");
}

function filledIn(file: string, values: Readonly<Record<string, string>>): string {
  const template = readFileSync(join(import.meta.dirname, file), "utf8");
  return template.replaceAll(/\{\{(\w+)\}\}/g, (_place, name: string) => {
    const value = values[name];
    if (value === undefined) throw new Error(`${file} asks for ${name}, which is not there`);
    return value;
  });
}
