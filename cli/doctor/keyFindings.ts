import type { Keeper } from "../../hsm/index.ts";
import { type Finding, fail, ok, warn } from "./finding.ts";

export interface SpeedOptions {
  /** Milliseconds that each key is asked to sign. */
  readonly durationMs: number;
  /** Challenges that are under way at a time. */
  readonly atOnce: number;
  /** Milliseconds after which a call is given up. */
  readonly callDeadlineMs: number;
}

/**
 * What the device states about each key, all of it checked at the start, and how fast it signs.
 *
 * @param auditKeys names of the keys that sign checkpoints: those name their ledger, so the device need not.
 */
export async function keyFindings(
  keeper: Keeper,
  options: SpeedOptions,
  auditKeys: readonly string[] = [],
): Promise<Finding[]> {
  const findings: Finding[] = [];
  for (const { name, address, custody, attributes, ledgers, bindable } of keeper.keys()) {
    const what = `key ${name}`;
    findings.push(ok(what, `${address}, custody ${custody}, ${Object.keys(attributes).length} attributes as demanded`));
    if (custody === "sealed-software") findings.push(...sealedFindings(what, attributes.network));
    if (!auditKeys.includes(name)) findings.push(ledgerFinding(what, ledgers, bindable));
    findings.push(speedFinding(name, await speedOf(keeper, name, options), options));
  }
  return findings;
}

function ledgerFinding(what: string, ledgers: readonly string[], bindable: boolean): Finding {
  if (ledgers.length === 1) return ok(what, `belongs to ledger ${ledgers[0]}`);
  if (ledgers.length > 1) return warn(what, `names ledgers ${ledgers.join(", ")}`);
  return warn(
    what,
    bindable
      ? "belongs to no ledger yet: `attestor ledger init` binds new keys, `ledger bind` one that was added"
      : "its device has no place for a ledger's id: only the ledger's own file says whose it is",
  );
}

/** What an operator has accepted with such a key, and whether the process that has its seed is as alone as it can be. */
function sealedFindings(what: string, network: string | undefined): Finding[] {
  return [
    warn(what, "signs OUTSIDE the HSM: its seed is in the memory of a process (docs/aleo.md says what that exposes)"),
    network === "none"
      ? ok(what, "the process that signs with it has no network")
      : warn(
          what,
          "the process that signs with it is in a network; run the keeper under its systemd unit (deploy/systemd)",
        ),
  ];
}

/** Milliseconds that each challenge took, in order, or the error that one met. */
async function speedOf(keeper: Keeper, key: string, { durationMs, atOnce }: SpeedOptions): Promise<number[] | string> {
  const times: number[] = [];
  const end = performance.now() + durationMs;
  const sign = async () => {
    while (performance.now() < end) {
      const began = performance.now();
      await keeper.prove(key);
      times.push(performance.now() - began);
    }
  };
  try {
    await Promise.all(Array.from({ length: atOnce }, sign));
    return times.sort((a, b) => a - b);
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

function speedFinding(key: string, times: number[] | string, { durationMs, callDeadlineMs }: SpeedOptions): Finding {
  const what = `speed ${key}`;
  if (typeof times === "string") return fail(what, times);
  const at = (share: number) => times[Math.min(times.length - 1, Math.floor(times.length * share))] ?? 0;
  const [median, slow] = [at(0.5), at(0.99)];
  const detail = `${Math.round((times.length / durationMs) * 1_000)} signatures/s, median ${median.toFixed(1)} ms, 99 of 100 within ${slow.toFixed(1)} ms`;
  if (slow * 4 <= callDeadlineMs) return ok(what, detail);
  return warn(what, `${detail}: too near to callDeadline (${callDeadlineMs} ms), after which a call is given up`);
}
