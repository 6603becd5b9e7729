import { z } from "zod";
import { styled } from "../terminal/style.ts";
import { table } from "../terminal/table.ts";

const text = z.unknown().transform((value) => (value === null || value === undefined ? "" : String(value)));
const reason = z.object({ code: z.string(), text: z.string() }).nullable();

/** What of a packet is shown to a person. */
export const packetAnswer = z.object({
  deployment: z.string(),
  source: z.string(),
  destination: z.string(),
  sequence: z.string(),
  state: z.string(),
  since: z.string().nullable(),
  reason,
  nextTryAt: z.string().nullable(),
  attempts: text,
  block: z.object({ height: text, hash: z.string() }).nullable(),
  transactionHash: z.string().nullable(),
  packet: z
    .object({
      message: z.object({ sender_address: text, receiver_address: text, dest_token_address: text, amount: text }),
    })
    .nullable(),
  defect: z.string().nullable(),
  verdict: z.object({ result: z.string(), screenedAt: z.string() }).nullable(),
  findings: z.array(z.object({ source: z.string(), version: z.string(), result: z.string() })),
  packetHash: z.string().nullable(),
  attestation: z
    .object({
      digest: z.string(),
      signature: z.string(),
      signer: z.string(),
      assurance: z.string(),
      sources: z.string(),
    })
    .nullable(),
  deliveries: z.array(
    z.object({ collector: z.string(), state: z.string(), attempts: text, reason, settledAt: z.string().nullable() }),
  ),
  execution: z.object({ packetHash: z.string().nullable(), vote: z.string().nullable() }).nullable(),
  times: z.record(z.string(), z.string()),
});
export type PacketAnswer = z.output<typeof packetAnswer>;

type Row = readonly [label: string, value: string];

/** One packet of one chain-service: a line for each thing that is known about it. */
export function describePacket(name: string, packet: PacketAnswer): string {
  const rows = [...journey(packet), ...content(packet), ...judgement(packet), ...outcome(packet), ...times(packet)];
  return `${styled("bold", name)}\n${table(rows.map(([label, value]) => [`  ${styled("dim", label)}`, value]))}`;
}

function row(label: string, value: string | null | undefined | false): Row[] {
  return value ? [[label, value]] : [];
}

function journey({ source, destination, sequence, deployment, ...packet }: PacketAnswer): Row[] {
  const { state, since, reason, nextTryAt, attempts, defect } = packet;
  return [
    ...row("packet", `${source}/${destination}/${sequence} of deployment ${deployment}`),
    ...row("state", since === null ? state : `${state} since ${since}`),
    ...row("reason", reason && styled("yellow", reason.text)),
    ...row("next try", nextTryAt && `${nextTryAt}, tries so far: ${attempts}`),
    ...row("defect", defect && styled("red", defect)),
  ];
}

function content({ packet, block, transactionHash }: PacketAnswer): Row[] {
  const message = packet?.message;
  return [
    ...row("sender", message?.sender_address),
    ...row("receiver", message?.receiver_address),
    ...row("amount", message && `${message.amount} of token ${message.dest_token_address}`),
    ...row("block", block && `${block.height} ${block.hash}`),
    ...row("transaction", transactionHash),
  ];
}

function judgement({ verdict, findings, attestation }: PacketAnswer): Row[] {
  return [
    ...row("verdict", verdict && `${verdict.result}, given ${verdict.screenedAt}`),
    ...findings.flatMap(({ source, version, result }) => row("", `${source} ${version}: ${result}`)),
    ...row("digest", attestation?.digest),
    ...row("signature", attestation?.signature),
    ...row("signer", attestation && `${attestation.signer} (${attestation.assurance}, ${attestation.sources})`),
  ];
}

function outcome({ deliveries, execution }: PacketAnswer): Row[] {
  return [
    ...deliveries.flatMap(({ collector, state, reason }) =>
      row("delivery", `${collector}: ${state}${reason === null ? "" : ` (${reason.text})`}`),
    ),
    ...row("execution", execution && executionText(execution)),
  ];
}

function times(packet: PacketAnswer): Row[] {
  const inOrder = Object.entries(packet.times).sort(([, a], [, b]) => (a < b ? -1 : 1));
  return inOrder.flatMap(([state, at], index) => row(index === 0 ? "times" : "", `${at} ${state}`));
}

/** Some chains record the number and nothing else: then neither content nor vote can be compared with ours. */
function executionText({ packetHash, vote }: NonNullable<PacketAnswer["execution"]>): string {
  if (packetHash !== null) return `vote ${vote ?? "unknown"}, packet hash ${packetHash}`;
  return "a packet of this number was consumed; which content and vote, this chain does not show";
}
