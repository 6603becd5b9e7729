import { deny, pass, type Rule } from "./rule.ts";

/** A client may ask for the routes that its entry lists and for nothing else. */
export const clientRights: Rule = {
  id: "client_rights",
  judge({ client, route }) {
    if (client.routes.includes(route.name)) return pass;
    return deny(`client ${client.name} has no right to route ${route.name}`, {
      client: client.name,
      route: route.name,
    });
  },
};
