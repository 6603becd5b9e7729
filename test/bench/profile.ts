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
});

/** Parts of the daemon, by who called: the innermost frame that is of one of these decides. */
const parts: readonly (readonly [string, RegExp])[] = [
  ["digest", /\/shared\/digest\//],
  ["verification", /\/shared\/ecdsa\//],
  ["ledger and audit", /\/signer\/(ledger|audit|state)\/|\/shared\/sqlite\/|better-sqlite3/],
  ["keeper, IPC", /\/hsm\//],
  ["rules", /\/signer\/(gate|policy)\/|\/signer\/decideCase/],
  ["log and metrics", /\/shared\/(log|metrics)\/|\/signer\/(metrics|observed)|pino|prom-client|sonic-boom/],
];
/** Where none of those is on the stack. */
const others: readonly (readonly [string, RegExp])[] = [
  ["TLS, HTTP and parsing", /node:|fastify|\/shared\/(http|tls|json|wire|schema|packet)\/|\/signer\/server\/|zod/],
];

/** Share of the main thread's busy time that each part takes, largest first. */
export function sharesIn(folder: string): readonly (readonly [part: string, share: number])[] {
  const [file] = readdirSync(folder).filter((name) => name.endsWith(".cpuprofile"));
  if (!file) throw new Error("the signer wrote no profile");
  const { nodes, samples, timeDeltas } = profileSchema.parse(JSON.parse(readFileSync(path.join(folder, file), "utf8")));
  const partOfNode = classify(nodes);
  const times = new Map<string, number>();
  for (const [index, id] of samples.entries()) {
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
