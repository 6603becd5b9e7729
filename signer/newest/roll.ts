import type { Client, Policy } from "../policy/index.ts";

/** Why a client is, or is not, waited for at this start. */
export type Standing =
  | { readonly newest: "shown"; readonly atMs: number }
  | { readonly newest: "waived"; readonly atMs: number; readonly operators: readonly string[] }
  /** Nothing is signed before it has shown its newest attestations. */
  | { readonly newest: "missing" }
  /** Verulink's interface has no way to show anything. */
  | { readonly newest: "exempt" }
  /** It came with a policy after the start, and shows what it has when it connects. */
  | { readonly newest: "added" };

/** Who has shown what they hold since this start of the signer. Another start asks everybody again. */
export interface Roll {
  /** How each client stands that may ask for attestations, in the policy's order. */
  standings(policy: Policy): ReadonlyMap<string, Standing>;
  hasShown(client: string): boolean;
  shown(client: string, atMs: number): void;
  waived(client: string, operators: readonly string[], atMs: number): void;
}

/** Opens the roll of a start, at which this policy was in force. */
export function openRoll(atStart: Policy): Roll {
  const called = new Set(atStart.clients.filter(canShow).map(({ name }) => name));
  const answered = new Map<string, Standing>();
  return {
    standings({ clients }) {
      const asking = clients.filter((client) => isExempt(client) || canShow(client));
      return new Map(
        asking.map((client) => {
          if (isExempt(client)) return [client.name, { newest: "exempt" }];
          const other: Standing = { newest: called.has(client.name) ? "missing" : "added" };
          return [client.name, answered.get(client.name) ?? other];
        }),
      );
    },
    hasShown: (client) => answered.get(client)?.newest === "shown",
    shown: (client, atMs) => void answered.set(client, { newest: "shown", atMs }),
    waived: (client, operators, atMs) => void answered.set(client, { newest: "waived", operators, atMs }),
  };
}

function isExempt({ operations }: Client): boolean {
  return operations.includes("verulink");
}

function canShow(client: Client): boolean {
  return client.operations.includes("attest") && !isExempt(client);
}
