import { AttestorError } from "../../shared/errors/index.ts";
import { name } from "../../shared/schema/index.ts";

/** From which sequence of which route a successor signs. */
export interface Activation {
  readonly route: string;
  readonly fromSequence: bigint;
}

/** Reads `ROUTE=SEQUENCE[,ROUTE=SEQUENCE…]`. @throws AttestorError `usage`. */
export function parseActivations(text: string): Activation[] {
  const found = text.split(",").map((part) => {
    const [, route, digits] = /^([a-z0-9][a-z0-9._-]{0,63})=([1-9][0-9]{0,18})$/.exec(part.trim()) ?? [];
    if (route === undefined || digits === undefined) {
      throw new AttestorError("usage", { reason: "--from must be ROUTE=SEQUENCE, more of them separated by commas" });
    }
    return { route, fromSequence: BigInt(digits) };
  });
  if (new Set(found.map(({ route }) => route)).size === found.length) return found;
  throw new AttestorError("usage", { reason: "--from names a route twice" });
}

/** Refuses a name that signer.yaml could not take. @throws AttestorError `usage`. */
export function refuseBadName(label: string, keys: readonly { readonly name: string }[]): void {
  const { error } = name.safeParse(label);
  if (error) throw new AttestorError("usage", { reason: `--label: ${label} ${error.issues[0]?.message}` });
  if (!keys.some((key) => key.name === label)) return;
  throw new AttestorError("usage", { reason: `--label: there is a key ${label} already` });
}

interface RouteKeys {
  readonly name: string;
  readonly key: string;
  readonly startSequence: bigint;
  readonly successors?: readonly { readonly key: string; readonly fromSequence: bigint }[] | undefined;
}

/**
 * Refuses activations that the policy could not take: every route that the old key signs last needs one, or it would go on
 * with the old key, and it begins after the old key has.
 *
 * @throws AttestorError `usage`.
 */
export function refuseMissingRoutes(
  old: string,
  routes: readonly RouteKeys[],
  activations: readonly Activation[],
): void {
  const lastKey = ({ key, successors = [] }: RouteKeys) => successors.at(-1)?.key ?? key;
  const concerned = routes.filter((route) => lastKey(route) === old).map(({ name }) => name);
  const given = activations.map(({ route }) => route);
  const missing = concerned.filter((name) => !given.includes(name));
  if (missing.length > 0) {
    throw new AttestorError("usage", { reason: `--from lacks ${missing.join(", ")}, which key ${old} signs for` });
  }
  const strange = given.find((name) => !concerned.includes(name));
  if (strange !== undefined)
    throw new AttestorError("usage", { reason: `key ${old} is not the last key of ${strange}` });
  for (const { route, fromSequence } of activations) {
    const { startSequence = 0n, successors = [] } = routes.find(({ name }) => name === route) ?? {};
    const begins = successors.at(-1)?.fromSequence ?? startSequence;
    if (fromSequence > begins) continue;
    const reason = `--from ${route}=${fromSequence} must be above ${begins}, where key ${old} begins`;
    throw new AttestorError("usage", { reason });
  }
}

/** A successor's addresses: its own, and that of the key that it takes over from. */
export interface Addresses {
  readonly attestor: string;
  readonly succeeds: string;
}

/** What chain.yaml and a collector's registry get, a line group for each route. */
export function peerLines({ attestor, succeeds }: Addresses, activations: readonly Activation[]): string {
  const linesOf = (file: string, more: readonly string[]) =>
    activations.map(({ route, fromSequence }) =>
      [
        `# ${file}, route ${route}`,
        "successors:",
        `  - attestor: "${attestor}"`,
        ...more,
        `    fromSequence: ${fromSequence}`,
      ].join("\n"),
    );
  return [...linesOf("chain.yaml", []), ...linesOf("collector.yaml", [`    succeeds: "${succeeds}"`])].join("\n\n");
}

/** What the policy gets, a line group for each route. */
export function policyLines(name: string, activations: readonly Activation[]): string {
  return activations
    .map(({ route, fromSequence }) =>
      [`# route ${route}`, "successors:", `  - key: ${name}`, `    fromSequence: ${fromSequence}`].join("\n"),
    )
    .join("\n");
}
