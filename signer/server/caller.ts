import type { FastifyRequest } from "fastify";
import { AttestorError } from "../../shared/errors/index.ts";
import { type PinnedPeer, pinnedPeerOf } from "../../shared/tls/index.ts";
import { type Client, clientIn, type Operation, type Operator, operatorIn, type Policy } from "../policy/index.ts";

/** What an endpoint asks of its callers: an operation that a client's entry lists, an operator, or any pinned key. */
export type Right = Operation | "operator" | "anyone";

/** Who sent a request, as the policy in force knows them. */
export type Caller =
  | { readonly kind: "client"; readonly peer: PinnedPeer; readonly client: Client }
  | { readonly kind: "operator"; readonly peer: PinnedPeer; readonly operator: Operator };

/** @throws AttestorError `client_refused` for somebody whom the policy knows no more. */
export function callerOf({ raw }: FastifyRequest, policy: Policy): Caller {
  const peer = pinnedPeerOf(raw.socket);
  const client = clientIn(policy, peer);
  if (client) return { kind: "client", peer, client };
  const operator = operatorIn(policy, peer);
  if (operator) return { kind: "operator", peer, operator };
  throw new AttestorError("client_refused", { reason: "it was removed from the policy" });
}

/**
 * Rights are default deny. No client ever has an operator's, and no operator a client's.
 *
 * @throws AttestorError `denied`.
 */
export function requireRight(caller: Caller, allowed: readonly Right[]): void {
  const rights: readonly Right[] =
    caller.kind === "operator" ? ["anyone", "operator"] : ["anyone", ...caller.client.operations];
  if (allowed.some((right) => rights.includes(right))) return;
  const needed = allowed.join(" or ");
  throw new AttestorError("denied", {
    rule: "client_rights",
    reason: `${caller.kind} ${caller.peer.name} has no right to this; it takes ${needed}`,
    inputs: { [caller.kind]: caller.peer.name, needed },
  });
}
