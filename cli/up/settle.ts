import { Interface, type TransactionReceipt } from "ethers";
import { z } from "zod";
import { bridgeAbi, votes } from "../../shared/evm/index.ts";
import { parseJson } from "../../shared/json/index.ts";
import { type Journey, journeyName } from "./journey.ts";
import { type ChainConnection, roles } from "./localChains.ts";
import type { Network } from "./network.ts";
import type { NetworkPlan } from "./plan.ts";

/** The part of the collector's answer that a user needs to fetch value on the other side. */
const packetAnswer = z.object({
  status: z.enum(["collecting", "quorum", "split"]),
  attestations: z.array(z.object({ signer: z.string() })),
  call: z.object({ to: z.string(), data: z.string() }).nullable(),
});

/** Gas of a withdrawal with three signatures, given by hand so that a revert shows in the receipt. */
const withdrawGas = 1_000_000n;

/**
 * Does for one packet what its user does: asks the collector, and once there is a quorum sends the ready-made call to
 * the target chain. Call it again until the journey is executed or has a problem.
 */
export async function advance(
  journey: Journey,
  plan: NetworkPlan,
  network: Network,
  connections: readonly [ChainConnection, ChainConnection],
): Promise<void> {
  const base = `http://127.0.0.1:${plan.collector.publicPort}/v1/packets`;
  const response = await fetch(`${base}/${journeyName(journey)}?deployment=${plan.deployment}`);
  if (!response.ok) return;
  const { status, attestations, call } = packetAnswer.parse(parseJson(await response.text()));
  journey.signatures = attestations.length;
  if (journey.signatures > 0 && journey.stage === "dispatched") journey.stage = "attested";
  if (status === "split") journey.problem = "the attestors are split, no verdict can reach quorum";
  if (status !== "quorum" || !call) return;
  journey.stage = "quorum";
  const target = journey.destination === plan.chains[0].chainId ? 0 : 1;
  const relayer = connections[target].account(roles.relayer);
  const sent = await relayer.sendTransaction({ to: call.to, data: call.data, gasLimit: withdrawGas });
  const receipt = await sent.wait(1, 30_000).catch(() => null);
  if (receipt?.status !== 1) {
    journey.problem = "the target chain refused the call";
    return;
  }
  journey.submitted = attestations.length;
  journey.result = consumedVote(receipt, network.sides[target].bridge);
  journey.tookMs = Date.now() - journey.dispatchedAt;
  journey.stage = "executed";
}

/** What the bridge contract itself says the packet came to. */
function consumedVote(receipt: TransactionReceipt, bridge: string): "white" | "flagged" | "null" {
  const abi = new Interface(bridgeAbi);
  for (const log of receipt.logs) {
    if (log.address !== bridge) continue;
    const event = abi.parseLog(log);
    if (event?.name === "Consumed") return votes[Number(event.args.vote)] ?? "null";
  }
  return "null";
}
