import type { Reviews } from "../holds/review.ts";
import { deny, pass, passWith, type StatefulRule } from "../rule.ts";
import { tokenLimitOf } from "./tokenLimit.ts";

/**
 * An amount above the single limit of its token is for people to look at, and so is one that no window could ever hold. A
 * token without a limit on a route whose tokens have limits is denied.
 */
export function valueLimit(reviews: Reviews): StatefulRule {
  return {
    id: "value_limit",
    judge(transaction, candidate) {
      const { route, request, reserved } = candidate;
      const { amount, destTokenAddress: token } = request.packet.message;
      if (reserved || route.limits?.perToken === undefined) return pass;
      const limit = tokenLimitOf(candidate);
      if (!limit) {
        return deny(`route ${route.name} has no limit for token ${token}`, { route: route.name, token });
      }
      const allowed = [limit.single, limit.window].filter((each) => each !== undefined);
      const exceeded = allowed.find((each) => amount > each);
      if (exceeded === undefined) {
        const inputs = { token, amount: amount.toString() };
        return passWith(limit.single === undefined ? inputs : { ...inputs, limit: limit.single.toString() });
      }
      return reviews.judge(transaction, candidate, "value_limit", {
        token,
        amount: amount.toString(),
        limit: exceeded.toString(),
      });
    },
  };
}
