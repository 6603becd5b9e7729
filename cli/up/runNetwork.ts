import path from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { styled } from "../terminal/style.ts";
import { table } from "../terminal/table.ts";
import { type Child, lastLines } from "./children.ts";
import { defaultRoot } from "./defaults.ts";
import { isRight, type Journey } from "./journey.ts";
import { createHousehold, type LocalNetwork, startNetwork } from "./localNetwork.ts";
import type { NetworkPlan } from "./plan.ts";
import { createProgress } from "./progress.ts";
import { advance } from "./settle.ts";
import { summary } from "./summary.ts";
import { sendPackets } from "./traffic.ts";

/** Longest time from dispatch to executed, in milliseconds, before a packet is given up. */
const journeyDeadline = 120_000;

/** Exit code of a program that Ctrl-C ended (128 + SIGINT). */
export const interruptedCode = 130;

/**
 * Runs the local network: brings it up, sends packets, follows each to its execution, sums up, and stays up until it is
 * told to stop, or not (`once`).
 *
 * @returns 0 if every packet was executed with the right vote and no part failed; `interruptedCode` if it was told to stop
 * before. What was being made then is not waited for, and may keep the process up: whoever called ends it.
 */
export async function runNetwork(plan: NetworkPlan, options: { packets: number; once: boolean }): Promise<number> {
  const stop = new AbortController();
  const crashed: Child[] = [];
  let isUp = false;
  const household = createHousehold((child) => {
    crashed.push(child);
    // Until the network is up an end that matters breaks the start off, and the error tells of it.
    if (isUp || child.essential) reportEnd(child);
    if (child.essential) stop.abort();
  });
  const onUp = () => {
    isUp = true;
    for (const child of crashed) reportEnd(child);
  };
  const onSignal = () => stop.abort();
  process.on("SIGINT", onSignal);
  process.on("SIGTERM", onSignal);
  try {
    const journeys = await Promise.race([
      follow(plan, household, options.packets, onUp, stop.signal),
      aborted(stop.signal),
    ]);
    if (!journeys) return crashed.length > 0 ? 1 : interruptedCode;
    process.stdout.write(`\n${summary(journeys, plan.attestors.length, plan.quorum)}\n`);
    if (!options.once) {
      process.stdout.write(whereToLook(plan));
      await aborted(stop.signal);
    }
    return crashed.length === 0 && journeys.every(isRight) ? 0 : 1;
  } finally {
    process.stdout.write("\nstopping every part\n");
    await household.stop();
    process.off("SIGINT", onSignal);
    process.off("SIGTERM", onSignal);
  }
}

async function follow(
  plan: NetworkPlan,
  household: ReturnType<typeof createHousehold>,
  packets: number,
  onUp: () => void,
  signal: AbortSignal,
): Promise<Journey[]> {
  const local = await startNetwork(plan, household);
  onUp();
  process.stdout.write(
    `\nsending ${packets} packets; each waits ${plan.waitSeconds} s after its block before it is screened and signed\n`,
  );
  const journeys: Journey[] = [];
  const progress = createProgress(plan.attestors.length);
  const redraw = () => progress.show(journeys);
  const trips: Promise<void>[] = [];
  await sendPackets(plan, local.network, local.artifacts, local, packets, (journey) => {
    journeys.push(journey);
    journeys.sort((a, b) => Number(a.source - b.source) || Number(a.sequence - b.sequence));
    redraw();
    trips.push(travel(journey, plan, local, signal, redraw));
  });
  await Promise.all(trips);
  return journeys;
}

/** Follows one packet until it is executed or cannot be. */
async function travel(
  journey: Journey,
  plan: NetworkPlan,
  local: LocalNetwork,
  signal: AbortSignal,
  redraw: () => void,
): Promise<void> {
  const end = performance.now() + journeyDeadline;
  while (journey.stage !== "executed" && !journey.problem && !signal.aborted) {
    await advance(journey, plan, local);
    if (!isRight(journey) && performance.now() > end) journey.problem ??= "not executed in time";
    redraw();
    await pause(300);
  }
}

function aborted(signal: AbortSignal): Promise<undefined> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve(undefined);
    signal.addEventListener("abort", () => resolve(undefined), { once: true });
  });
}

function reportEnd(child: Child): void {
  const consequence = child.essential ? "The network cannot go on without it." : "The others go on.";
  const log = lastLines(child, 5).map((line) => `    ${line}\n`);
  process.stderr.write(
    `\n${styled("red", `${child.name} ended unexpectedly (${child.ending()}).`)} ${consequence} Its log, ${child.logFile}, ends:\n${log.join("")}\n`,
  );
}

function whereToLook(plan: NetworkPlan): string {
  const root = path.dirname(plan.folder);
  const folder = root === defaultRoot ? "" : ` --folder ${root}`;
  const places = table([
    [`  ./attestor status${folder}`, "where every route stands"],
    [`  ./attestor packets${folder}`, "what became of each packet"],
    [`  curl http://127.0.0.1:${plan.collector.publicPort}/v1/packets`, "what users see"],
    [`  ls ${plan.logs}`, "what each part logs"],
  ]);
  return `\nThe network stays up. Look around:\n${places}\nCtrl-C stops every part; the next start goes on from here.\n`;
}
