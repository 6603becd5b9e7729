import { type Artifacts, sendTransfer } from "../../contracts/index.ts";
import type { Journey } from "./journey.ts";
import { accountAddress, roles } from "./localChains.ts";
import type { LocalNetwork } from "./localNetwork.ts";
import type { Network } from "./network.ts";
import type { NetworkPlan } from "./plan.ts";
import { type LocalEnd, type LocalRoute, localRoutes } from "./routes.ts";

/** One unit of the test token in its smallest units (18 decimals). */
const unit = 10n ** 18n;

/**
 * Sends packets on every route by turns, as users do: an approval and a transfer on the token service. The second packet is
 * sent by the account that stands on the screening list (the only one, if there is only one packet).
 *
 * @param onDispatch called as soon as a packet's block exists.
 */
export async function sendPackets(
  plan: NetworkPlan,
  network: Network,
  artifacts: Artifacts,
  { connections, aleo }: Pick<LocalNetwork, "connections" | "aleo">,
  count: number,
  onDispatch: (journey: Journey) => void,
): Promise<void> {
  const flaggedIndex = Math.min(1, count - 1);
  const routes = localRoutes(plan, network);
  const sideOf = ({ chain }: LocalEnd, other: LocalEnd) => {
    if (other.chain === "aleo") return network.aleoSide;
    return network.sides[chain === "alpha" ? 0 : 1];
  };

  /** @returns the packet's number and its block's time, Unix seconds. */
  async function dispatch({ from, to }: LocalRoute, amount: bigint, isFlagged: boolean) {
    if (from.chain === "aleo") {
      const { tokenService: destinationService, token: destinationToken, chainId: destinationChainId } = to;
      const receiver = accountAddress(isFlagged ? roles.screenedUser : roles.user);
      const sender = plan.aleo?.user ?? "";
      const sent = await aleo?.publish({
        destinationChainId,
        destinationService,
        destinationToken,
        receiver,
        sender,
        amount,
      });
      if (!sent) throw new Error("the network has no Aleo side");
      return sent;
    }
    const side = sideOf(from, to);
    if (!side) throw new Error("the network has no Aleo side");
    const sender = connections[from.chain === "alpha" ? 0 : 1].account(isFlagged ? roles.screenedUser : roles.user);
    const receiver = to.chain === "aleo" ? (plan.aleo?.user ?? "") : accountAddress(roles.user);
    const { sequence, dispatchedAt } = await sendTransfer(artifacts, side, { sender, amount, receiver });
    return { sequence, timestamp: dispatchedAt };
  }

  const sends = Array.from({ length: count }, async (_, index) => {
    const route = routes[index % routes.length];
    if (!route) throw new Error("the network has no route");
    const expected = index === flaggedIndex ? "flagged" : "white";
    const { sequence, timestamp } = await dispatch(route, unit * BigInt(index + 1), expected === "flagged");
    onDispatch({
      source: route.from.chainId,
      destination: route.to.chainId,
      sequence,
      deployment: route.deployment,
      direction: `${route.from.chain} → ${route.to.chain}`,
      expected,
      dispatchedAt: timestamp * 1000,
      stage: "dispatched",
      signatures: 0,
    });
  });
  await Promise.all(sends);
}
