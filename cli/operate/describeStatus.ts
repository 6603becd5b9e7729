import { z } from "zod";
import { JsonNumber } from "../../shared/json/index.ts";
import { fits, stacked } from "../terminal/fit.ts";
import { styled } from "../terminal/style.ts";
import { table } from "../terminal/table.ts";
import { wrap } from "../terminal/wrap.ts";

const number = z.instanceof(JsonNumber).transform(({ source }) => Number(source));

const peer = z.object({ healthy: z.boolean(), reasons: z.array(z.string()) });

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
      scannedHeight: number.nullable(),
      unreadBlocks: number.nullable(),
      counter: z.string().nullable(),
      gaps: z.array(z.unknown()),
      packets: z.record(z.string(), number),
      oldestUnattestedSeconds: number.nullable(),
    }),
  ),
  screening: z.array(
    z.object({ name: z.string(), version: z.string().nullable(), reason: z.string().nullable(), ageSeconds: number }),
  ),
  signer: peer,
  collectors: z.array(peer.extend({ name: z.string(), waiting: number, oldestWaitingSeconds: number.nullable() })),
});

export type StatusAnswer = z.output<typeof statusAnswer>;

/**
 * One chain-service: whether it is ready, its chains, and a row for each route.
 *
 * @param width in columns. Where the tables are wider, the same is shown in lines that are not.
 */
export function describeStatus(name: string, status: StatusAnswer, width = Number.POSITIVE_INFINITY): string {
  const state = status.ready ? styled("green", "ready") : styled("red", "not ready");
  const reasons = status.reasons.flatMap((reason) => wrap(reason, width - 4, "  "));
  const chains = status.chains.map((chain) => [
    `  ${chain.name}`,
    chain.healthy ? "follows" : styled("red", "does not follow"),
    chain.final ? `final block ${chain.final.height}, ${chain.final.ageSeconds} s old` : "no final block seen",
    finalityText(chain.finality),
    chain.singleSource
      ? styled("yellow", `single source: ${chain.providers.map(({ label }) => label).join()}`)
      : `${chain.sources} providers`,
    chain.providers.map(providerTrouble).join(""),
  ]);
  const services = [...chains, ...peersOf(status)];
  const lines = [
    `${styled("bold", name)}  ${state}`,
    ...reasons.map((line) => `  ${styled("red", line)}`),
    fits(table(services), width) ? table(services) : stacked(services, width),
    routesText(status.routes, width),
  ];
  return lines.join("\n");
}

/** A table under its headings or, where that is too wide, each number behind its heading. */
function routesText(routes: StatusAnswer["routes"], width: number): string {
  const headings = ["on chain", ...shownStates.map(({ heading }) => heading), "gaps", "oldest"];
  const rows = routes.map((route) => routeCells(route));
  const whole = table([["  route", ...headings].map((text) => styled("dim", text)), ...rows]);
  if (fits(whole, width)) return whole;
  const named = (cell: string, column: number) =>
    // why a route is stopped stands where its age would
    cell.includes("stopped: ") ? cell : `${styled("dim", headings[column] ?? "")} ${cell}`;
  return stacked(
    rows.map(([route = "", ...cells]) => [route, ...cells.map(named)]),
    width,
  );
}

/** In the order of a packet's way; what is rare stands last. */
const shownStates: readonly { heading: string; states: readonly string[]; isTrouble?: true }[] = [
  { heading: "observed", states: ["requested", "observed", "orphaned"] },
  { heading: "final", states: ["final"] },
  { heading: "due", states: ["due", "screened"] },
  { heading: "signed", states: ["signed"] },
  { heading: "delivered", states: ["delivered"] },
  { heading: "executed", states: ["executed"] },
  { heading: "held", states: ["held"] },
  { heading: "refused", states: ["refused"], isTrouble: true },
];

/** The signer, the collectors and the screening sources: a row each. */
function peersOf({ signer, collectors, screening }: StatusAnswer): string[][] {
  const health = ({ healthy, reasons }: StatusAnswer["signer"]) =>
    healthy ? "answers" : styled("red", reasons.join("; "));
  return [
    ["  signer", health(signer)],
    ...collectors.map(({ name, waiting, oldestWaitingSeconds, ...answered }) => [
      `  collector ${name}`,
      health(answered),
      waiting === 0 ? "owed nothing" : `owed ${waiting}, the oldest for ${oldestWaitingSeconds ?? 0} s`,
    ]),
    ...screening.map(({ name, version, reason, ageSeconds }) => [
      `  screening ${name}`,
      reason === null ? "answers" : styled("red", reason),
      [version ? `version ${shortHash(version)}` : "", `${ageSeconds} s old`].filter(Boolean).join(", "),
    ]),
  ];
}

/** A list without a version goes by its hash, of which a row needs no more than tells two apart; --json has all of it. */
function shortHash(version: string): string {
  return version.replace(/^(sha256:[0-9a-f]{12})[0-9a-f]{52}$/, "$1…");
}

/** What is wrong with one provider; nothing for a healthy one. */
function providerTrouble({ label, reasons, disputes }: StatusAnswer["chains"][number]["providers"][number]): string {
  const faults = [...reasons, ...(disputes > 0 ? [`${disputes} disputes`] : [])];
  return faults.length === 0 ? "" : styled("red", `${label}: ${faults.join(", ")} `);
}

function routeCells(route: StatusAnswer["routes"][number]): string[] {
  const { name, stopped, counter, gaps, packets, oldestUnattestedSeconds: oldest } = route;
  const trouble = (value: number) => (value > 0 ? styled("red", `${value}`) : "0");
  const counts = shownStates.map(({ states, isTrouble }) => {
    const count = states.reduce((sum, state) => sum + (packets[state] ?? 0), 0);
    return isTrouble ? trouble(count) : `${count}`;
  });
  const age = oldest === null ? "–" : `${oldest} s`;
  return [
    `  ${name}`,
    counter ?? "?",
    ...counts,
    trouble(gaps.length),
    stopped ? styled("red", `stopped: ${stopped}`) : age,
  ];
}

function finalityText(finality: string): string {
  if (finality === "committed") return "final once committed";
  return `finality by ${finality === "finalized" ? "the finalized tag" : "depth alone"}`;
}
