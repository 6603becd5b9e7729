import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { z } from "zod";

const profileSchema = z.object({
  nodes: z.array(
    z.object({
      id: z.number(),
      callFrame: z.object({ functionName: z.string(), url: z.string() }),
      children: z.array(z.number()).optional(),
    }),
  ),
  samples: z.array(z.number()),
  timeDeltas: z.array(z.number()),
  startTime: z.number(),
});

/** A stretch of time, in microseconds of the machine's monotonic clock, which is the one that profiles are in. */
export interface Stretch {
  readonly from: number;
  readonly to: number;
}

/** That clock now. */
export function monotonicMicros(): number {
  return Number(process.hrtime.bigint() / 1_000n);
}

/** Parts of the daemon, by who called: the innermost frame that is of one of these decides. */
const parts: readonly (readonly [string, RegExp])[] = [
  ["digest", /\/shared\/digest\//],
  ["verification", /\/shared\/ecdsa\//],
  ["ledger and audit", /\/signer\/(ledger|audit|state)\/|\/shared\/sqlite\/|better-sqlite3/],
  ["keeper, IPC", /\/hsm\//],
  ["rules", /\/signer\/(gate|policy)\/|\/signer\/decideCase/],
  ["parsing and schemas", /\/shared\/(json|wire|schema|packet)\/|zod/],
  ["log and metrics", /\/shared\/(log|metrics)\/|\/signer\/(metrics|observed)|pino|prom-client|sonic-boom/],
];
/** Where none of those is on the stack. */
const others: readonly (readonly [string, RegExp])[] = [
  ["TLS and HTTP", /node:|fastify|\/shared\/(http|tls)\/|\/signer\/server\//],
];

/**
 * Share that each part has in the main thread's busy time, largest first. Waiting for the disk in a system call counts as
 * busy: nothing else runs meanwhile.
 *
 * @param folder where `node --cpu-prof` wrote one profile.
 */
export function sharesIn(folder: string, { from, to }: Stretch): readonly (readonly [part: string, share: number])[] {
  const [file] = readdirSync(folder).filter((name) => name.endsWith(".cpuprofile"));
  if (!file) throw new Error("the signer wrote no profile");
  const text = readFileSync(path.join(folder, file), "utf8");
  const { nodes, samples, timeDeltas, startTime } = profileSchema.parse(JSON.parse(text));
  const partOfNode = classify(nodes);
  const times = new Map<string, number>();
  let now = startTime;
  for (const [index, id] of samples.entries()) {
    now += timeDeltas[index] ?? 0;
    if (now < from || now > to) continue;
    const part = partOfNode.get(id) ?? "other";
    times.set(part, (times.get(part) ?? 0) + (timeDeltas[index] ?? 0));
  }
  times.delete("idle");
  const busy = [...times.values()].reduce((sum, time) => sum + time, 0);
  return [...times].map(([part, time]) => [part, time / busy] as const).sort(([, a], [, b]) => b - a);
}

type ProfileNode = z.output<typeof profileSchema>["nodes"][number];

function classify(nodes: readonly ProfileNode[]): ReadonlyMap<number, string> {
  const byId = new Map(nodes.map((node) => [node.id, node]));
  const found = new Map<number, string>();
  const visit = (node: ProfileNode, inner: string | undefined, outer: string | undefined) => {
    const { url, functionName } = node.callFrame;
    const part = matching(parts, url) ?? inner;
    const other = matching(others, url) ?? outer;
    found.set(node.id, nativeTime(functionName) ?? part ?? other ?? "other");
    for (const child of node.children ?? []) {
      const next = byId.get(child);
      if (next) visit(next, part, other);
    }
  };
  const [root] = nodes;
  if (root) visit(root, undefined, undefined);
  return found;
}

function matching(rules: readonly (readonly [string, RegExp])[], url: string): string | undefined {
  return rules.find(([, pattern]) => pattern.test(url))?.[0];
}

function nativeTime(functionName: string): string | undefined {
  switch (functionName) {
    case "(idle)":
      return "idle";
    case "(garbage collector)":
      return "garbage collection";
    case "(program)":
      return "native code outside JavaScript (TLS records, sockets)";
    default:
      return undefined;
  }
}
