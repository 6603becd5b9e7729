import { AttestorError } from "../../../shared/errors/index.ts";
import type { QuorumRest } from "./quorumRest.ts";

/** A mapping that a bridge program has to have, and the types of its key and value. */
export interface MappingKind {
  readonly name: string;
  readonly key: string;
  readonly value: string;
}

/**
 * Looks whether the program is there and keeps what we read in mappings of these types.
 *
 * @throws AttestorError `contract_mismatch` if it is not; `rpc_*` where nobody can tell.
 */
export async function checkProgram(
  { chain, rest }: { readonly chain: string; readonly rest: QuorumRest },
  program: string,
  wanted: readonly MappingKind[],
  height: number,
): Promise<void> {
  const text = await rest.decide<string | undefined>(
    {
      name: "program",
      parameters: [program],
      height,
      textOf: (found) => JSON.stringify(found ?? null),
      mayDiffer: true,
    },
    (endpoint) => endpoint.program(program),
  );
  const mismatch = (reason: string) =>
    new AttestorError("contract_mismatch", { chain, reason: `the program ${program} ${reason}` });
  if (text === undefined) throw mismatch("is not there: correct its name");
  for (const { name, key, value } of wanted) {
    const declaration = new RegExp(`^mapping ${name}:\\s+key as ${key}\\.public;\\s+value as ${value}\\.public;`, "m");
    if (!declaration.test(text)) throw mismatch(`has no mapping ${name} from ${key} to ${value}, as a bridge has`);
  }
}
