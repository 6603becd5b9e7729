import { ledgerIdOf } from "../../ledger/index.ts";
import { waitSeconds } from "../retryAfter.ts";
import { type Candidate, hold, pass, passWith, type StatefulRule } from "../rule.ts";
import { nextRelief, type Purse, spend, spentWithin } from "./spendings.ts";
import { tokenLimitOf } from "./tokenLimit.ts";

/**
 * Within any span of the window's length, no more of a token is attested white on a route than the policy allows. What was
 * reserved counts from that moment, in the same transaction, so requests that come together cannot overshoot. Packets
 * that are larger than the whole window never fit: the value limit lets them through only by review, and they count.
 */
export const valueWindow: StatefulRule = {
  id: "value_window",
  judge(transaction, candidate) {
    const limit = tokenLimitOf(candidate);
    const { message } = candidate.request.packet;
    if (limit?.window === undefined || candidate.reserved || candidate.request.verdict.result !== "white") return pass;
    const purse = purseOf(candidate);
    const spent = spentWithin(transaction, purse, limit.windowLength);
    const inputs = {
      token: limit.token,
      amount: message.amount.toString(),
      spent: spent.toString(),
      window: limit.window.toString(),
      windowSeconds: `${limit.windowLength / 1_000}`,
    };
    if (message.amount > limit.window || spent + message.amount <= limit.window) return passWith(inputs);
    const relief = nextRelief(transaction, purse, limit.windowLength);
    return hold("window", waitSeconds(relief - transaction.nowMs), inputs);
  },
  settle(transaction, candidate) {
    const { verdict, packet } = candidate.request;
    if (verdict.result === "white") {
      spend(transaction, purseOf(candidate), ledgerIdOf(candidate.request), packet.message.amount);
    }
  },
};

function purseOf({ request }: Candidate): Purse {
  const { deployment, source, destination } = ledgerIdOf(request);
  const token = request.packet.message.destTokenAddress;
  return { deployment, source: `${source}`, destination: `${destination}`, token };
}
