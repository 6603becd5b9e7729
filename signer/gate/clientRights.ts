import { deny, pass, type Rule } from "./rule.ts";

/**
 * A client may ask for the routes and digest schemes that its entry lists and for nothing else. Which operations it may
 * use, the server has looked at before.
 */
export const clientRights: Rule = {
  id: "client_rights",
  judge({ client, route }) {
    const inputs = { client: client.name, route: route.name };
    if (!client.routes.includes(route.name)) {
      return deny(`client ${client.name} has no right to route ${route.name}`, inputs);
    }
    if (!client.schemes.includes(route.scheme)) {
      return deny(`client ${client.name} has no right to scheme ${route.scheme}`, { ...inputs, scheme: route.scheme });
    }
    return pass;
  },
};
