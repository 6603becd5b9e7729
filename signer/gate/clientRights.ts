import type { Client, Route } from "../policy/index.ts";
import { deny, pass, type Rule } from "./rule.ts";

/**
 * A client may ask for the routes and digest schemes that its entry lists and for nothing else. The server lets in whoever has
 * the operation; a policy that took it away since is the one that decides.
 */
export const clientRights: Rule = {
  id: "client_rights",
  judge({ client, route }) {
    const inputs = { client: client.name, route: route.name };
    if (!mayAsk(client)) return deny(`client ${client.name} has no right to ask for attestations`, inputs);
    if (!client.routes.includes(route.name)) {
      return deny(`client ${client.name} has no right to route ${route.name}`, inputs);
    }
    if (!client.schemes.includes(route.scheme)) {
      return deny(`client ${client.name} has no right to scheme ${route.scheme}`, { ...inputs, scheme: route.scheme });
    }
    return pass;
  },
};

/** Whether a client may ask for attestations at all, by whichever interface. */
export function mayAsk({ operations }: Client): boolean {
  return operations.includes("attest") || operations.includes("verulink");
}

/** Whether a client has a say on what is signed on a route. */
export function mayAskFor(route: Route): (client: Client) => boolean {
  return (client) => mayAsk(client) && client.routes.includes(route.name) && client.schemes.includes(route.scheme);
}
