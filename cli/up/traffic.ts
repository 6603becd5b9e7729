import { type Artifacts, sendTransfer } from "../../contracts/index.ts";
import type { Journey } from "./journey.ts";
import { accountAddress, type ChainConnection, roles } from "./localChains.ts";
import type { Network } from "./network.ts";
import type { NetworkPlan } from "./plan.ts";

/** One unit of the test token in its smallest units (18 decimals). */
const unit = 10n ** 18n;

/**
 * Sends packets both ways by turns, as users do: an approval and a transfer on the token service. The second packet is
 * sent by the account that stands on the screening list (the only one, if there is only one packet).
 *
 * @param onDispatch called as soon as a packet's block exists.
 */
export async function sendPackets(
  plan: NetworkPlan,
  network: Network,
  artifacts: Artifacts,
  connections: readonly [ChainConnection, ChainConnection],
  count: number,
  onDispatch: (journey: Journey) => void,
): Promise<void> {
  const flaggedIndex = Math.min(1, count - 1);
  const sends = Array.from({ length: count }, async (_, index) => {
    const from = index % 2 === 0 ? 0 : 1;
    const to = from === 0 ? 1 : 0;
    const expected = index === flaggedIndex ? "flagged" : "white";
    const sender = connections[from].account(expected === "flagged" ? roles.screenedUser : roles.user);
    const dispatch = await sendTransfer(artifacts, network.sides[from], {
      sender,
      amount: unit * BigInt(index + 1),
      receiver: accountAddress(roles.user),
    });
    onDispatch({
      source: plan.chains[from].chainId,
      destination: plan.chains[to].chainId,
      sequence: dispatch.sequence,
      direction: `${plan.chains[from].name} → ${plan.chains[to].name}`,
      expected,
      dispatchedAt: dispatch.dispatchedAt * 1000,
      stage: "dispatched",
      signatures: 0,
    });
  });
  await Promise.all(sends);
}
