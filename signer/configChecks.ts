import type { KeyConfig } from "./config.ts";
import { type CrossProblem, repeated } from "./crossCheck.ts";

/**
 * A key that would mean two things. Nothing that Verulink signs names the bridge contract, so a key that served two
 * deployments or destinations could be made to sign for one what was meant for the other (DESIGN §2.4).
 */
export function keyListProblems(keys: readonly KeyConfig[]): CrossProblem[] {
  return [
    ...repeated(keys, "keys", "name", (key) => key.name),
    ...repeated(keys, "keys", "publicKey", (key) => key.publicKey),
    ...repeated(keys, "keys", "uri", (key) => key.uri),
    ...repeated(keys, "keys", "destination", (key) => `${key.scheme} ${key.deployment} ${key.destination}`, oneKey),
  ];
}

const oneKey = (first: string) => `is served by ${first} already; one scheme, deployment and destination has one key`;
