import { styled } from "../terminal/style.ts";
import { isRight, type Journey } from "./journey.ts";

/** The last words of a run: what was executed, how, and how fast. */
export function summary(journeys: readonly Journey[], attestors: number, quorum: number): string {
  const right = journeys.filter(isRight);
  const times = right.map(({ tookMs = 0 }) => tookMs / 1000).sort((a, b) => a - b);
  const flagged = right.filter(({ expected }) => expected === "flagged").length;
  const enough = right.length === journeys.length && right.length > 0;
  const headline = `${right.length} of ${journeys.length} packets executed with the right vote`;
  const lines = [
    styled(enough ? "green" : "red", headline),
    `  ${right.length - flagged} YEA, ${flagged} NAY (sender on the screening list), each by at least ${quorum} of ${attestors} HSM signatures`,
  ];
  if (times.length > 0) {
    const median = times[Math.floor(times.length / 2)] ?? 0;
    lines.push(
      `  from dispatch to executed: median ${median.toFixed(1)} s, longest ${(times.at(-1) ?? 0).toFixed(1)} s`,
    );
  }
  return lines.join("\n");
}
