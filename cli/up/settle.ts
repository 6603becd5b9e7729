import { Interface, type TransactionReceipt } from "ethers";
import { z } from "zod";
import { type VerdictResult, verdictResults } from "../../shared/digest/index.ts";
import { bridgeAbi, votes } from "../../shared/evm/index.ts";
import { parseJson } from "../../shared/json/index.ts";
import { packetSchema } from "../../shared/packet/index.ts";
import { type Journey, journeyName } from "./journey.ts";
import { roles } from "./localChains.ts";
import type { LocalNetwork } from "./localNetwork.ts";
import type { NetworkPlan } from "./plan.ts";

/** The part of the collector's answer that a user needs to fetch value on the other side. */
const packetAnswer = z.object({
  status: z.enum(["collecting", "quorum", "split"]),
  packet: packetSchema,
  verdict: z.enum(verdictResults).nullable(),
  attestations: z.array(z.object({ signer: z.string(), signature: z.string(), verdict: z.unknown() })),
  call: z.unknown(),
});
type PacketAnswer = z.output<typeof packetAnswer>;

/** Ready-made for an EVM chain. */
const evmCall = z.object({ to: z.string(), data: z.string() });

/** Gas of a withdrawal with three signatures, given by hand so that a revert shows in the receipt. */
const withdrawGas = 1_000_000n;

/**
 * Does for one packet what its user does: asks the collector, and once there is a quorum sends the ready-made call to
 * the target chain. Call it again until the journey is executed or has a problem.
 */
export async function advance(
  journey: Journey,
  plan: NetworkPlan,
  local: Pick<LocalNetwork, "network" | "connections" | "aleo">,
): Promise<void> {
  const base = `http://127.0.0.1:${plan.collector.publicPort}/v1/packets`;
  const response = await fetch(`${base}/${journeyName(journey)}?deployment=${journey.deployment}`);
  if (!response.ok) return;
  const answer = packetAnswer.parse(parseJson(await response.text()));
  const { status, attestations, verdict } = answer;
  journey.signatures = attestations.length;
  if (journey.signatures > 0 && journey.stage === "dispatched") journey.stage = "attested";
  if (status === "split") journey.problem = "the attestors are split, no verdict can reach quorum";
  if (status !== "quorum" || !verdict) return;
  journey.stage = "quorum";
  const isToAleo = journey.destination === plan.aleo?.chainId;
  const came = isToAleo ? await consumeOnAleo(answer, local) : await withdraw(journey, answer, plan, local);
  if ("problem" in came) {
    journey.problem = came.problem;
    return;
  }
  journey.submitted = attestations.length;
  journey.result = came.result;
  journey.tookMs = Date.now() - journey.dispatchedAt;
  journey.stage = "executed";
}

type Came = { readonly result: VerdictResult | "null" } | { readonly problem: string };

async function withdraw(
  { source, destination }: Journey,
  answer: PacketAnswer,
  plan: NetworkPlan,
  { network, connections }: Pick<LocalNetwork, "network" | "connections">,
): Promise<Came> {
  const call = evmCall.parse(answer.call);
  const target = destination === plan.chains[0].chainId ? 0 : 1;
  const relayer = connections[target].account(roles.relayer);
  const sent = await relayer.sendTransaction({ to: call.to, data: call.data, gasLimit: withdrawGas });
  const receipt = await sent.wait(1, 30_000).catch(() => null);
  if (receipt?.status !== 1) return { problem: "the target chain refused the call" };
  const side = source === plan.aleo?.chainId ? network.aleoSide : network.sides[target];
  return { result: consumedVote(receipt, side?.bridge ?? "") };
}

/** The program takes the verdict as an input, so it is what the packet came to if the signatures are over it. */
async function consumeOnAleo(
  { packet, verdict, attestations, call }: PacketAnswer,
  { aleo }: Pick<LocalNetwork, "aleo">,
): Promise<Came> {
  if (!aleo || !verdict) return { problem: "the network has no Aleo side" };
  const signatures = attestations.map(({ signature }) => signature);
  const problem = await aleo.consume({ packet, verdict, signatures, call });
  return problem === undefined ? { result: verdict } : { problem: `the target chain refused it: ${problem}` };
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
