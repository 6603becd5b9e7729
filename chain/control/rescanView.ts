import type { Rescans } from "../pipeline/rescans.ts";

/** The state of rescans as the control socket shows it. Times are RFC 3339, UTC. */
export function rescanView({ running, last }: ReturnType<Rescans["state"]>) {
  return { running, last: last ? { ...last, finishedAt: new Date(last.finishedAt).toISOString() } : null };
}
