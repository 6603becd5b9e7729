import { type AleoProgram, prepareBhp256, verulinkAleoEcdsa, verulinkAleoSchnorr } from "../aleo/index.ts";
import { AttestorError } from "../errors/index.ts";
import { remembering } from "./remembering.ts";
import type { DigestScheme, Hex } from "./scheme.ts";
import {
  aleoEcdsaSchemeName,
  type EcdsaSchemeName,
  parseSchemeName,
  type SchemeName,
  schemeForms,
} from "./schemeName.ts";
import { verulinkEvm } from "./verulinkEvm.ts";

export { hashText } from "./hashText.ts";
export {
  type DigestScheme,
  type HashText,
  type Hex,
  type PacketDigest,
  type VerdictResult,
  verdictResults,
} from "./scheme.ts";
export {
  aleoEcdsaSchemeName,
  type EcdsaSchemeName,
  ecdsaSchemeName,
  hasVerulinkForm,
  isEcdsaScheme,
  parseSchemeName,
  type SchemeName,
  type SchemeParts,
  schemeForms,
  schemeName,
} from "./schemeName.ts";

export { type SignatureText, signatureText } from "./signatureText.ts";

/** More than anybody's configuration has; a name that a message brings must not fill the memory. */
const mostKept = 100;

const kept = new Map<string, DigestScheme>();

/**
 * The digest scheme of that name.
 *
 * @throws AttestorError `invalid_field` if there is none.
 */
export function digestScheme(name: EcdsaSchemeName): DigestScheme<Hex>;
export function digestScheme(name: SchemeName): DigestScheme;
export function digestScheme(name: SchemeName): DigestScheme {
  const known = kept.get(name);
  if (known) return known;
  const scheme = remembering(createScheme(name));
  if (kept.size < mostKept) kept.set(name, scheme);
  return scheme;
}

/**
 * Sets up what these schemes need, which takes 100 ms for the first one of Aleo: a service does so when it starts.
 *
 * @throws AttestorError `internal` if a hash fails its self-test.
 */
export function prepareSchemes(names: Iterable<SchemeName>): void {
  for (const name of names) if (digestScheme(name).destinationFamily === "aleo") prepareBhp256();
}

function createScheme(name: SchemeName): DigestScheme {
  const parts = parseSchemeName(name);
  if (parts === undefined) {
    throw new AttestorError("invalid_field", { field: "scheme", reason: `must be ${schemeForms.join(" or ")}` });
  }
  if (parts.kind === "verulink-evm") return verulinkEvm;
  return parts.kind === "verulink-aleo-schnorr" ? aleoSchnorr : aleoEcdsa(parts);
}

const aleoSchnorr: DigestScheme = {
  name: "verulink-aleo-schnorr",
  destinationFamily: "aleo",
  digestOf: verulinkAleoSchnorr,
};

function aleoEcdsa({ network, program }: AleoProgram): DigestScheme<Hex> {
  return {
    name: aleoEcdsaSchemeName({ network, program }),
    destinationFamily: "aleo",
    program,
    digestOf: verulinkAleoEcdsa({ network, program }),
  };
}
