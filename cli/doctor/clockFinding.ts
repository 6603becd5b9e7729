import { spawnSync } from "node:child_process";
import { type Finding, fail, ok, warn } from "./finding.ts";
import { seenFile } from "./seenFile.ts";

/** What the system says of its clock: kept by NTP, not kept, or nothing. */
export type ClockKeeping = "kept" | "not kept" | "not known";

export function systemClockKeeping(): ClockKeeping {
  const { stdout } = spawnSync("timedatectl", ["show", "--property=NTPSynchronized", "--value"], {
    encoding: "utf8",
    timeout: 5_000, // it asks a service, which may not answer
  });
  const answer = stdout?.trim();
  if (answer === "yes") return "kept";
  return answer === "no" ? "not kept" : "not known";
}

/**
 * Whether this machine's clock can be trusted: waits and windows of the policy are measured by it.
 *
 * @param ledger was written by this machine, so it must not be from the future; none where the keepers' user asks.
 */
export function clockFinding(ledger: string | undefined, nowMs: number, keeping: ClockKeeping): Finding {
  const written = (ledger && seenFile(ledger)?.mtimeMs) || 0;
  if (written > nowMs + 1_000) {
    return fail("clock", "the ledger was last written in the future: this machine's clock has been set back");
  }
  switch (keeping) {
    case "kept":
      return ok("clock", "kept by NTP");
    case "not kept":
      return warn("clock", "not kept by NTP: run chrony or systemd-timesyncd");
    case "not known":
      return warn("clock", "this system does not tell whether NTP keeps it");
  }
}
