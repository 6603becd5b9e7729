import type { TokenLimit } from "../../policy/index.ts";
import type { Candidate } from "../rule.ts";

/** The limit of a candidate's token on its route, if its route has limits for tokens. */
export function tokenLimitOf({ route, request }: Pick<Candidate, "route" | "request">): TokenLimit | undefined {
  const token = request.packet.message.destTokenAddress;
  return route.limits?.perToken?.find((limit) => limit.token === token);
}
