import { z } from "zod";
import { AttestorError } from "../../shared/errors/index.ts";
import { parseJson, stringifyJson } from "../../shared/json/index.ts";
import { integer } from "../../shared/schema/index.ts";
import { formatAnyKeyUri, parseAnyKeyUri } from "../keyUri/index.ts";
import { type AnyKeySpec, anyKeySpecSchema } from "./keySpec.ts";
import type { Parameters } from "./protocol.ts";

const allowanceSchema = z.strictObject({
  keys: z.array(anyKeySpecSchema).min(1),
  sessions: integer(1, 256),
  stateFolder: z.string().startsWith("/"),
});

/**
 * What a keeper under a user of its own lets the daemon open. Without it, whoever takes over the daemon could have the
 * keeper load a library of theirs, or forget that a PIN was rejected: module, PIN file and state folder are named in what
 * the daemon asks for.
 */
export type Allowance = z.output<typeof allowanceSchema>;

export function encodeAllowance(allowance: Allowance): string {
  return stringifyJson(allowance);
}

export function decodeAllowance(text: string): Allowance {
  return allowanceSchema.parse(parseJson(text));
}

/**
 * What is opened for a daemon: its keys, each of them as the keeper's own configuration has it, in the keeper's own state
 * folder, by no more sessions than the keeper allows.
 *
 * @throws AttestorError `invalid_field` naming a key that is not in the keeper's configuration, or is otherwise there.
 */
export function withinAllowance(asked: Parameters<"open">, { keys, sessions, stateFolder }: Allowance) {
  const allowed = new Set(keys.map(identityOf));
  const other = asked.keys.find((spec) => !allowed.has(identityOf(spec)));
  if (other) {
    const reason =
      "is not in the keeper's own configuration, or not as it is here; compare keeper.yaml and signer.yaml";
    throw new AttestorError("invalid_field", { field: `keys.${other.name}`, reason });
  }
  return { ...asked, sessions: Math.min(asked.sessions, sessions), stateFolder };
}

/** Equal for two specs exactly if they are the same key for the same use. */
function identityOf(spec: AnyKeySpec): string {
  const use = "use" in spec ? [spec.use] : [spec.scheme, spec.deployment, spec.destination];
  return stringifyJson([spec.name, formatAnyKeyUri(parseAnyKeyUri(spec.uri)), spec.publicKey, ...use]);
}
