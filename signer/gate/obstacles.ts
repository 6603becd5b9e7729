import type { SqliteDatabase } from "../../shared/sqlite/index.ts";
import type { Transaction } from "../state/index.ts";
import type { ClockGuard } from "./clock/clockGuard.ts";
import type { PauseFile } from "./pause/pauseFile.ts";
import { allPauses, everything } from "./pause/pauses.ts";

/** What can close the gate for everything. */
export interface GateSwitches {
  readonly guard: ClockGuard;
  readonly pauseFile: PauseFile;
}

/** Records what closed the gate while nobody asked: a clock that was set, the file that pauses. */
export function noticeObstacles(transaction: Transaction, { guard, pauseFile }: GateSwitches): void {
  guard.timeOf(transaction);
  pauseFile.take(transaction);
}

/** Why the gate lets nothing through now, whatever is asked: one sentence for each reason. */
export function gateObstacles(database: SqliteDatabase, { guard, pauseFile }: GateSwitches): string[] {
  const step = guard.fault(database);
  const pauses = allPauses(database).filter(({ scope }) => scope === everything);
  return [
    ...(step === undefined ? [] : [`the clock was set by ${step / 1_000} s, and that is not acknowledged`]),
    ...pauses.map(({ id, paused_by }) => `everything is paused by ${paused_by} (pause ${id})`),
    ...(pauseFile.isThere() ? ["the file paused is in the state folder"] : []),
  ];
}
