import { z } from "zod";
import { type AleoNetwork, type AleoProgram, aleoProgram } from "../aleo/index.ts";
import { problemsOf } from "../schema/index.ts";

const evm = "verulink-evm";
const aleoEcdsa = "verulink-aleo-ecdsa";

/** A digest scheme in one text: its kind, and everything else that decides what is signed. */
export type SchemeName = typeof evm | `${typeof aleoEcdsa}:${AleoNetwork}:${string}`;

/** What a scheme's name says. */
export type SchemeParts = { readonly kind: typeof evm } | ({ readonly kind: typeof aleoEcdsa } & AleoProgram);

/** How the names of schemes are formed, for people. */
export const schemeForms: readonly string[] = [evm, `${aleoEcdsa}:NETWORK:PROGRAM`];

/** @returns undefined if it is no scheme's name. */
export function parseSchemeName(text: string): SchemeParts | undefined {
  if (text === evm) return { kind: evm };
  const [kind, network, program, ...rest] = text.split(":");
  if (kind !== aleoEcdsa || rest.length > 0) return undefined;
  const result = problemsOf(aleoProgram, { network, program });
  return "value" in result ? { kind, ...result.value } : undefined;
}

/** The name of the scheme whose attestations that program on that network verifies. */
export function aleoEcdsaSchemeName({ network, program }: AleoProgram): SchemeName {
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
