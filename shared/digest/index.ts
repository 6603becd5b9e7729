import { type AleoProgram, prepareBhp256, verulinkAleoEcdsa } from "../aleo/index.ts";
import { AttestorError } from "../errors/index.ts";
import type { DigestScheme } from "./scheme.ts";
import { aleoEcdsaSchemeName, parseSchemeName, type SchemeName, schemeForms } from "./schemeName.ts";
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
  parseSchemeName,
  type SchemeName,
  type SchemeParts,
  schemeForms,
  schemeName,
} from "./schemeName.ts";

/** More than anybody's configuration has; a name that a message brings must not fill the memory. */
const mostKept = 100;

const kept = new Map<string, DigestScheme>();

/**
 * The digest scheme of that name.
 *
 * @throws AttestorError `invalid_field` if there is none.
 */
export function digestScheme(name: SchemeName): DigestScheme {
  const known = kept.get(name);
  if (known) return known;
  const scheme = createScheme(name);
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
  return parts.kind === "verulink-evm" ? verulinkEvm : aleoEcdsa(parts);
}

function aleoEcdsa({ network, program }: AleoProgram): DigestScheme {
  return {
    name: aleoEcdsaSchemeName({ network, program }),
    destinationFamily: "aleo",
    program,
    digestOf: verulinkAleoEcdsa({ network, program }),
  };
}
