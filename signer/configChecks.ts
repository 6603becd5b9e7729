import type { AuditKeyConfig, KeyFacts } from "./config.ts";
import { type CrossProblem, repeated, unknownName } from "./crossCheck.ts";

type AnyKey = KeyFacts | AuditKeyConfig;

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
    ...keys.flatMap((key, index) => successorProblems(key, index, keys)),
  ];
}

/** What only one key may serve; a successor serves what its predecessor does. */
function usedFor(key: AnyKey): string {
  return "use" in key || key.succeeds !== undefined ? key.name : useOf(key);
}

/** A successor serves exactly what the key before it serves, and follows it in the list, so there is no circle. */
function successorProblems(key: AnyKey, index: number, keys: readonly AnyKey[]): CrossProblem[] {
  if ("use" in key || key.succeeds === undefined) return [];
  const path = ["keys", index, "succeeds"];
  const others = keys.slice(0, index);
  const before = others.find(({ name }) => name === key.succeeds);
  if (!before) return [{ path, reason: "must name a key that stands above this one" }];
  const rival = others.find((other) => !("use" in other) && other.succeeds === key.succeeds);
  if (rival) return [{ path, reason: `has a successor already, ${rival.name}` }];
  const isSame = !("use" in before) && useOf(before) === useOf(key);
  return isSame ? [] : [{ path, reason: "serves another scheme, deployment or destination" }];
}

function useOf({ scheme, deployment, destination }: KeyFacts): string {
  return `${scheme} ${deployment} ${destination}`;
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
