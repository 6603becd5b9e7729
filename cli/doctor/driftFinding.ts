import { type Finding, ok, warn } from "./finding.ts";

/** Longest difference between a device's clock and this machine's, in milliseconds. */
const longestDrift = 60_000;

/** How far another clock, a token's or KMS's, is from this machine's. Both in milliseconds since 1970. */
export function driftFinding(what: string, clockMs: number | undefined, nowMs: number): Finding {
  if (clockMs === undefined) return ok(what, "it has none");
  const seconds = Math.round((clockMs - nowMs) / 1_000);
  const difference = `it differs from this machine's by ${seconds} s`;
  return Math.abs(clockMs - nowMs) <= longestDrift ? ok(what, difference) : warn(what, difference);
}
