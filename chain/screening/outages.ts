import type { Clock } from "../../shared/clock/index.ts";

/** Remembers since when a service has not answered, for status and metrics. */
export interface Outages {
  answered(): void;
  failed(reason: string): void;
  state(): { readonly reason: string | undefined; readonly ageMs: number };
}

export function createOutages(clock: Clock): Outages {
  let current: { readonly reason: string; readonly since: number } | undefined;
  return {
    answered() {
      current = undefined;
    },
    failed(reason) {
      current = { reason, since: current?.since ?? clock.now() };
    },
    state: () => ({ reason: current?.reason, ageMs: current ? Math.max(0, clock.now() - current.since) : 0 }),
  };
}
