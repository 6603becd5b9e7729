import type { PinnedPeer } from "../../shared/tls/index.ts";
import type { Client, Operator, Policy } from "./policy.ts";

/** Who is let in by a policy: names by public key pin. A pin has one owner (the policy's checks see to it). */
export function namesByPin({ operators, clients }: Policy): Map<string, string> {
  return new Map([
    ...operators.flatMap(({ name, certificatePins }) => certificatePins.map((pin) => [pin, name] as const)),
    ...clients.flatMap(({ name, pins }) => pins.map((pin) => [pin, name] as const)),
  ]);
}

/** The client of that name, if the key is still one of its keys. */
export function clientIn({ clients }: Policy, { name, pin }: PinnedPeer): Client | undefined {
  return clients.find((client) => client.name === name && client.pins.includes(pin));
}

/** The operator of that name, if the key is still one of theirs. */
export function operatorIn({ operators }: Policy, { name, pin }: PinnedPeer): Operator | undefined {
  return operators.find((operator) => operator.name === name && operator.certificatePins.includes(pin));
}
