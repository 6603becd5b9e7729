import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { z } from "zod";
import { controlRequest } from "../../chain/index.ts";
import { accountAddress, roles } from "../../cli/up/localChains.ts";
import type { NetworkPlan } from "../../cli/up/plan.ts";
import { askCollector, type Direction } from "./users.ts";

const collected = z.object({
  status: z.string(),
  verdict: z.string().nullable(),
  packet: z.object({ message: z.object({ sender_address: z.string() }) }),
  attestations: z.array(z.object({ signer: z.string(), digest: z.string() })),
});
const states = z.object({
  routes: z.array(z.object({ name: z.string(), packets: z.record(z.string(), z.unknown()) })),
});

/**
 * Looks at what is still to come: every packet executed, attested by all, and known as executed by every chain-service. A
 * packet that was once seen executed and attested by all stays so and is not asked for again.
 */
export function createLookout(plan: NetworkPlan, directions: readonly Direction[]): () => Promise<string[]> {
  const done = new Set<string>();
  return async () => {
    const open: string[] = [];
    for (const direction of directions) {
      const count = await direction.count();
      for (let sequence = 1n; sequence <= count; sequence += 1n) {
        const id = `${direction.path}/${sequence}`;
        if (done.has(id)) continue;
        const isConsumed = await direction.isConsumed(sequence);
        const attested = (await packetAt(plan, id))?.attestations.length ?? 0;
        if (!isConsumed) open.push(`${id} is not executed`);
        if (attested < plan.attestors.length) open.push(`${id} is attested by ${attested}`);
        else if (isConsumed) done.add(id);
      }
    }
    return [...open, ...(await unnoticed(plan, directions))];
  };
}

async function unnoticed(plan: NetworkPlan, directions: readonly Direction[]): Promise<string[]> {
  const open: string[] = [];
  for (const attestor of plan.attestors) {
    const { body } = await controlRequest(path.join(attestor.folder, "chain-state"), "GET", "/v1/status");
    for (const [index, { name, packets }] of states.parse(body).routes.entries()) {
      const executed = Number(String(packets.executed));
      const total = await directions[index]?.count();
      if (BigInt(executed) !== total) open.push(`${attestor.name} knows ${executed} of ${total} executed on ${name}`);
    }
  }
  return open;
}

/** What must never be, whatever was killed when. */
export async function violations(plan: NetworkPlan, directions: readonly Direction[]): Promise<string[]> {
  const found: string[] = [];
  for (const direction of directions) {
    for (let sequence = 1n; sequence <= (await direction.count()); sequence += 1n) {
      const id = `${direction.path}/${sequence}`;
      const packet = await packetAt(plan, id);
      if (packet) found.push(...wrongAbout(id, packet));
    }
  }
  const metrics = await (await fetch(`http://127.0.0.1:${plan.collector.opsPort}/metrics`)).text();
  if (!metrics.includes("\nattestor_collector_conflicts 0")) found.push("the collector has conflicts on record");
  return [...found, ...alarms(plan)];
}

function wrongAbout(id: string, { attestations, verdict, packet }: z.output<typeof collected>): string[] {
  const signers = new Set(attestations.map(({ signer }) => signer));
  const digests = new Set(attestations.map(({ digest }) => digest));
  const right = packet.message.sender_address === accountAddress(roles.screenedUser) ? "flagged" : "white";
  return [
    ...(signers.size === attestations.length ? [] : [`${id} has two attestations of one attestor`]),
    ...(digests.size === 1 ? [] : [`${id} has attestations of ${digests.size} contents`]),
    ...(verdict === right ? [] : [`${id} is ${verdict}, not ${right}`]),
  ];
}

async function packetAt(plan: NetworkPlan, id: string) {
  const answer = await askCollector(plan, id);
  return answer === undefined ? undefined : collected.parse(answer);
}

/** Lines in which a service says that something happened that must not. */
function alarms(plan: NetworkPlan): string[] {
  return readdirSync(plan.logs).flatMap((file) =>
    readFileSync(path.join(plan.logs, file), "utf8")
      .split("\n")
      .filter((line) => /"alarm":true|ALARM|equivocation/.test(line))
      .map((line) => `${file}: ${line.slice(0, 300)}`),
  );
}
