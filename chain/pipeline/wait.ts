import type { Packet } from "../../shared/packet/index.ts";
import type { Route } from "../route.ts";

/**
 * Whether a packet may wait for the route's shorter time: its token is named by the rule and its amount is not above that
 * token's limit. Everything else waits in full. Nothing else is ever skipped: finality, screening and the second reading
 * are the same for both.
 */
export function isInstant({ instant }: Pick<Route, "instant">, { message }: Packet): boolean {
  const limit = instant?.limits.get(message.destTokenAddress);
  return limit !== undefined && message.amount <= limit;
}
