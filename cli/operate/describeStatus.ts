import { z } from "zod";
import { JsonNumber } from "../../shared/json/index.ts";
import { styled } from "../terminal/style.ts";
import { table } from "../terminal/table.ts";

const number = z.instanceof(JsonNumber).transform(({ source }) => Number(source));

/** What of a chain-service's status is shown to a person. */
export const statusAnswer = z.object({
  ready: z.boolean(),
  reasons: z.array(z.string()),
  chains: z.array(
    z.object({
      name: z.string(),
      finality: z.string(),
      singleSource: z.boolean(),
      sources: z.string(),
      providers: z.array(
        z.object({ label: z.string(), healthy: z.boolean(), reasons: z.array(z.string()), disputes: number }),
      ),
      healthy: z.boolean(),
      latest: z.object({ height: number }).nullable(),
      final: z.object({ height: number, ageSeconds: number }).nullable(),
    }),
  ),
  routes: z.array(
    z.object({
      name: z.string(),
      ready: z.boolean(),
      stopped: z.string().nullable(),
      counter: z.string().nullable(),
      gaps: z.array(z.unknown()),
      packets: z.record(z.string(), number),
      oldestUnattestedSeconds: number.nullable(),
    }),
  ),
});

export type StatusAnswer = z.output<typeof statusAnswer>;

/** One chain-service: whether it is ready, its chains, and a row for each route. */
export function describeStatus(name: string, status: StatusAnswer): string {
  const state = status.ready ? styled("green", "ready") : styled("red", "not ready");
  const reasons = status.reasons.map((reason) => `  ${styled("red", reason)}\n`).join("");
  const chains = status.chains.map((chain) => [
    `  ${chain.name}`,
    chain.healthy ? "follows" : styled("red", "does not follow"),
    chain.final ? `final block ${chain.final.height}, ${chain.final.ageSeconds} s old` : "no final block seen",
    `finality by ${chain.finality === "finalized" ? "the finalized tag" : "depth alone"}`,
    chain.singleSource
      ? styled("yellow", `single source: ${chain.providers.map(({ label }) => label).join()}`)
      : `${chain.sources} providers`,
    chain.providers.map(providerTrouble).join(""),
  ]);
  const headings = [
    "  route",
    "on chain",
    "observed",
    "waiting",
    "signed",
    "delivered",
    "executed",
    "held",
    "refused",
    "gaps",
    "oldest",
  ];
  const routes = status.routes.map((route) => routeCells(route));
  const rows = [headings.map((text) => styled("dim", text)), ...routes];
  return `${styled("bold", name)}  ${state}\n${reasons}${table(chains)}\n${table(rows)}`;
}

/** What is wrong with one provider; nothing for a healthy one. */
function providerTrouble({ label, reasons, disputes }: StatusAnswer["chains"][number]["providers"][number]): string {
  const faults = [...reasons, ...(disputes > 0 ? [`${disputes} disputes`] : [])];
  return faults.length === 0 ? "" : styled("red", `${label}: ${faults.join(", ")} `);
}

function routeCells({
  name,
  stopped,
  counter,
  gaps,
  packets,
  oldestUnattestedSeconds,
}: StatusAnswer["routes"][number]): string[] {
  const count = (...states: string[]) => states.reduce((sum, state) => sum + (packets[state] ?? 0), 0);
  const total = Object.values(packets).reduce((sum, each) => sum + each, 0);
  const trouble = (value: number) => (value > 0 ? styled("red", `${value}`) : "0");
  return [
    `  ${name}`,
    counter ?? "?",
    `${total}`,
    `${count("requested", "observed", "final", "due", "screened", "orphaned")}`,
    `${count("signed")}`,
    `${count("delivered")}`,
    `${count("executed")}`,
    `${count("held")}`,
    trouble(count("refused")),
    trouble(gaps.length),
    stopped
      ? styled("red", `stopped: ${stopped}`)
      : oldestUnattestedSeconds === null
        ? "–"
        : `${oldestUnattestedSeconds} s`,
  ];
}
