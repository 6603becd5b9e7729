import { type ChainFamily, misspelling, type Packet, tokenMisspelling } from "../../shared/packet/index.ts";
import type { Route } from "../policy/index.ts";
import type { Inputs } from "./outcome.ts";
import { deny, pass, type Refusal, type Rule } from "./rule.ts";

/** The route that a packet of this deployment takes. Configuration allows one at most. */
export function findRoute(routes: readonly Route[], deployment: string, packet: Packet): Route | undefined {
  return routes.find(
    (route) =>
      route.deployment === deployment &&
      route.source.chainId === packet.source.chainId &&
      route.destination.chainId === packet.destination.chainId,
  );
}

/** The answer to a packet that no route is configured for. */
export function noRoute(deployment: string, packet: Packet): { reason: string; inputs: Inputs } {
  return {
    reason: "no route of this deployment leads from packet.source.chain_id to packet.destination.chain_id",
    inputs: {
      deployment,
      source: packet.source.chainId.toString(),
      destination: packet.destination.chainId.toString(),
    },
  };
}

/**
 * A packet must be what this route's bridge can have dispatched: a version that we know, between the route's token
 * services, every address in the one spelling of its chain, a token that may be sent, not older than the route itself.
 */
export const routeRule: Rule = {
  id: "route",
  judge: ({ request, route }) =>
    version(request.packet, route) ??
    tokenServices(request.packet, route) ??
    spelling(request.packet, route) ??
    token(request.packet, route) ??
    start(request.packet, route) ??
    pass,
};

function version(packet: Packet, route: Route): Refusal | undefined {
  if (route.versions.includes(packet.version)) return undefined;
  return refuse(route, "packet.version", "is not a version that this route knows", {
    found: packet.version.toString(),
    known: route.versions.join(", "),
  });
}

function tokenServices(packet: Packet, route: Route): Refusal | undefined {
  for (const end of ["source", "destination"] as const) {
    const found = packet[end].address;
    const { tokenService, family } = route[end];
    if (found === tokenService) continue;
    const why = misspelling(family, found) ?? "is not the route's token service";
    return refuse(route, `packet.${end}.address`, why, { found, expected: tokenService });
  }
  return undefined;
}

/** On which chain the address in each field of the message lives. */
function spelling(packet: Packet, route: Route): Refusal | undefined {
  const { senderAddress, destTokenAddress, receiverAddress } = packet.message;
  const fields: [string, ChainFamily, string, typeof misspelling][] = [
    ["packet.message.sender_address", route.source.family, senderAddress, misspelling],
    ["packet.message.dest_token_address", route.destination.family, destTokenAddress, tokenMisspelling],
    ["packet.message.receiver_address", route.destination.family, receiverAddress, misspelling],
  ];
  for (const [field, family, found, problemOf] of fields) {
    const why = problemOf(family, found);
    if (why) return refuse(route, field, why, { found, family });
  }
  return undefined;
}

function token({ message }: Packet, { tokens, ...route }: Route): Refusal | undefined {
  const found = message.destTokenAddress;
  if (!tokens || tokens.some(({ destination }) => destination === found)) return undefined;
  const why = "is not a token that may be sent on this route";
  return refuse(route, "packet.message.dest_token_address", why, { found });
}

function start(packet: Packet, route: Route): Refusal | undefined {
  if (packet.sequence >= route.startSequence) return undefined;
  return refuse(route, "packet.sequence", "is below the route's start", {
    found: packet.sequence.toString(),
    startSequence: route.startSequence.toString(),
  });
}

function refuse(route: Pick<Route, "name">, field: string, why: string, inputs: Inputs): Refusal {
  return deny(`${field} ${why}`, { route: route.name, field, ...inputs });
}
