import type { AuditKeyConfig, KeyConfig } from "./config.ts";
import { type CrossProblem, repeated, unknownName } from "./crossCheck.ts";

type AnyKey = KeyConfig | AuditKeyConfig;

/**
 * A key that would mean two things. Nothing that Verulink signs names the bridge contract, so a key that served two
 * deployments or destinations could be made to sign for one what was meant for the other (DESIGN §2.4).
 */
export function keyListProblems(keys: readonly AnyKey[]): CrossProblem[] {
  return [
    ...repeated(keys, "keys", "name", (key) => key.name),
    ...repeated(keys, "keys", "publicKey", (key) => key.publicKey),
    ...repeated(keys, "keys", "uri", (key) => key.uri),
    ...repeated(keys, "keys", "destination", usedFor, oneKey),
    ...keys.flatMap((key, index) => secondAuditKey(key, index, keys)),
  ];
}

function usedFor(key: AnyKey): string {
  return "use" in key ? key.name : `${key.scheme} ${key.deployment} ${key.destination}`;
}

function secondAuditKey(key: AnyKey, index: number, keys: readonly AnyKey[]): CrossProblem[] {
  const first = keys.find((other) => "use" in other);
  if (!("use" in key) || first === undefined || first === key) return [];
  return [
    { path: ["keys", index, "use"], reason: `is that of key ${first.name} already; the audit chain has one key` },
  ];
}

/** Why the key that `audit.key` names cannot sign checkpoints. */
export function auditKeyProblem(name: string, keys: readonly AnyKey[]): string {
  if (!keys.some((key) => key.name === name)) return unknownName("key", name, keys);
  return `key ${name} attests; give the audit chain a key of its own, with use: audit`;
}

const oneKey = (first: string) => `is served by ${first} already; one scheme, deployment and destination has one key`;
