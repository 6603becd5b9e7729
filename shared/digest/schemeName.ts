import { z } from "zod";
import { type AleoNetwork, type AleoProgram, aleoProgram } from "../aleo/index.ts";
import { problemsOf } from "../schema/index.ts";

const evm = "verulink-evm";
const aleoEcdsa = "verulink-aleo-ecdsa";
const aleoSchnorr = "verulink-aleo-schnorr";

/** A digest scheme in one text: its kind, and everything else that decides what is signed. */
export type SchemeName = EcdsaSchemeName | typeof aleoSchnorr;

/** A scheme whose digests a secp256k1 key signs, as HSMs hold them. */
export type EcdsaSchemeName = typeof evm | `${typeof aleoEcdsa}:${AleoNetwork}:${string}`;

/** What a scheme's name says. */
export type SchemeParts =
  | { readonly kind: typeof evm }
  | { readonly kind: typeof aleoSchnorr }
  | ({ readonly kind: typeof aleoEcdsa } & AleoProgram);

/** How the names of schemes are formed, for people. */
export const schemeForms: readonly string[] = [evm, `${aleoEcdsa}:NETWORK:PROGRAM`, aleoSchnorr];

/** @returns undefined if it is no scheme's name. */
export function parseSchemeName(text: string): SchemeParts | undefined {
  if (text === evm) return { kind: evm };
  if (text === aleoSchnorr) return { kind: aleoSchnorr };
  const [kind, network, program, ...rest] = text.split(":");
  if (kind !== aleoEcdsa || rest.length > 0) return undefined;
  const result = problemsOf(aleoProgram, { network, program });
  return "value" in result ? { kind, ...result.value } : undefined;
}

/** The name of the scheme whose attestations that program on that network verifies. */
export function aleoEcdsaSchemeName({ network, program }: AleoProgram): EcdsaSchemeName {
  return `${aleoEcdsa}:${network}:${program}`;
}

/** A scheme's name in configurations and messages. */
export const schemeName = z
  .string({ error: "must be the name of a digest scheme" })
  .refine((text) => parseSchemeName(text) !== undefined, {
    error: `must be ${schemeForms.join(" or ")}, such as ${aleoEcdsa}:mainnet:bridge.aleo`,
    abort: true, // what compares settings later needs a scheme
  })
  .transform((text) => text as SchemeName);

/** The name of a scheme that a key in an HSM can sign by. */
export const ecdsaSchemeName = schemeName
  .refine(isEcdsaScheme, {
    error: `is not for a key in a device: only an account's key signs by ${aleoSchnorr} (custody: sealed-software)`,
  })
  .transform((text) => text as EcdsaSchemeName);

export function isEcdsaScheme(name: SchemeName): name is EcdsaSchemeName {
  return name !== aleoSchnorr;
}

/**
 * Whether Verulink's services have a form for attestations of a scheme: theirs are ECDSA for contracts on EVM chains and an
 * Aleo account's signature for the program on Aleo, which could not verify ECDSA.
 */
export function hasVerulinkForm(name: SchemeName): boolean {
  return !name.startsWith(`${aleoEcdsa}:`);
}
