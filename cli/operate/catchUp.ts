import type { StatusAnswer } from "./describeStatus.ts";

/** What a route has still to do, at one moment. */
interface Sample {
  readonly atMs: number;
  readonly blocks: number;
  readonly packets: number;
}

/** Follows how fast each route catches up. */
export interface CatchUp {
  /** Takes a status in. @returns a line for each route that is behind, with its rate and the time left. */
  note(name: string, status: StatusAnswer, atMs: number): string[];
}

/** Rates are taken over this time, so that they neither jump nor lag, in milliseconds. */
const window = 60_000;
/** A route that is no further behind than this follows; it does not catch up. */
const behind = { blocks: 20, packets: 5 } as const;

export function createCatchUp(): CatchUp {
  const samplesOf = new Map<string, Sample[]>();
  return {
    note(name, status, atMs) {
      return status.routes.flatMap((route) => {
        const key = `${name} ${route.name}`;
        const latest = { atMs, blocks: route.unreadBlocks ?? 0, packets: dueOf(route.packets) };
        const samples = [...(samplesOf.get(key) ?? []), latest].filter((sample) => sample.atMs >= atMs - window);
        samplesOf.set(key, samples);
        const first = samples[0] ?? latest;
        return [
          ...lineOf(route.name, "blocks to read", behind.blocks, first, latest, ({ blocks }) => blocks),
          ...lineOf(route.name, "packets to attest", behind.packets, first, latest, ({ packets }) => packets),
        ];
      });
    },
  };
}

/** Packets whose wait is over and that are not attested; what is held waits for somebody else. */
function dueOf(packets: Readonly<Record<string, number>>): number {
  return (packets.due ?? 0) + (packets.screened ?? 0);
}

function lineOf(
  route: string,
  what: string,
  least: number,
  first: Sample,
  latest: Sample,
  left: (sample: Sample) => number,
): string[] {
  const remaining = left(latest);
  if (remaining <= least) return [];
  const seconds = (latest.atMs - first.atMs) / 1_000;
  const rate = seconds > 0 ? (left(first) - remaining) / seconds : undefined;
  const pace =
    rate === undefined
      ? "rate not known yet"
      : rate <= 0
        ? "getting no fewer"
        : `${rate < 10 ? rate.toFixed(1) : Math.round(rate)} a second, about ${timeText(remaining / rate)} left`;
  return [`catching up on ${route}: ${remaining} ${what}, ${pace}`];
}

/** A time to go, in two units at most. */
export function timeText(seconds: number): string {
  const whole = Math.max(1, Math.round(seconds));
  const [hours, minutes] = [Math.floor(whole / 3_600), Math.floor((whole % 3_600) / 60)];
  if (hours > 0) return `${hours} h ${minutes} min`;
  return minutes > 0 ? `${minutes} min ${whole % 60} s` : `${whole} s`;
}
