import type { Clock } from "../../../shared/clock/index.ts";
import type { SqliteDatabase } from "../../../shared/sqlite/index.ts";
import { prepared, type Transaction } from "../../state/index.ts";
import type { Alarms } from "../alarms.ts";
import type { MonotonicClock } from "./monotonicClock.ts";

/** How far the wall clock may step without anybody asking why, in milliseconds. */
export const toleratedStep = 5 * 60_000;

/** A step of the wall clock that waits to be acknowledged. */
export interface ClockJump {
  /** Names this jump and no other. */
  readonly id: number;
  /** How far the clock is off what it should show, in milliseconds; negative if it went back. */
  readonly milliseconds: number;
}

/** The time by which windows and waits are measured. */
export interface ClockGuard {
  /** The time now, never before any that was given; or the jump because of which it cannot be told. */
  timeOf(transaction: Transaction): { readonly nowMs: number } | { readonly jump: ClockJump };
  /** By how many milliseconds the clock was set, if that keeps the gate from telling the time; seen before or right now. */
  fault(database: SqliteDatabase): number | undefined;
  /** The time as far as it can be told without recording it. */
  latest(database: SqliteDatabase): number;
}

interface Row {
  readonly latest_ms: number;
  readonly shift_ms: number;
  readonly wall_ms: number;
  readonly monotonic_ms: number;
  readonly run: string;
  readonly jump_id: number;
  readonly jump_ms: number | null;
}

const statements = prepared((database) => ({
  select: database.prepare<[], Row>("SELECT * FROM gate_clock"),
  write: database.prepare<Row>(`
    INSERT INTO gate_clock
    VALUES (1, @latest_ms, @shift_ms, @wall_ms, @monotonic_ms, @run, @jump_id, @jump_ms)
    ON CONFLICT DO UPDATE SET latest_ms = @latest_ms, shift_ms = @shift_ms, wall_ms = @wall_ms,
      monotonic_ms = @monotonic_ms, run = @run, jump_id = @jump_id, jump_ms = @jump_ms`),
}));

/**
 * Watches the wall clock by one that nobody can set. Within one run of the machine, restarts of the signer included, every
 * step is seen, and steps add up. After a boot only a clock that went back is seen: how long the machine was off, nothing
 * here can tell.
 */
export function createClockGuard(clock: Clock, monotonic: MonotonicClock, alarms: Alarms): ClockGuard {
  return {
    timeOf(transaction) {
      const { database, nowMs: wall } = transaction;
      const reading = { wall_ms: wall, monotonic_ms: monotonic.now(), run: monotonic.run };
      const stored = statements(database).select.get();
      const row = stored ?? {
        ...reading,
        latest_ms: wall,
        shift_ms: 0,
        jump_id: 0,
        jump_ms: null,
      };
      const step = stepOf(row, reading);
      if (row.jump_ms !== null && !isSetAgain(row, reading, step)) {
        return { jump: { id: row.jump_id, milliseconds: row.jump_ms } };
      }
      if (Math.abs(step) > toleratedStep) return { jump: recordJump(transaction, row, step, alarms) };
      const nowMs = Math.max(row.latest_ms, wall + row.shift_ms);
      const anchor = row.run === monotonic.run ? row : reading;
      const { wall_ms, monotonic_ms, run } = anchor;
      const isWritten = stored?.latest_ms === nowMs && stored.run === run;
      if (!isWritten) statements(database).write.run({ ...row, wall_ms, monotonic_ms, run, latest_ms: nowMs });
      return { nowMs };
    },
    fault(database) {
      const row = statements(database).select.get();
      if (!row || row.jump_ms !== null) return row?.jump_ms ?? undefined;
      const step = stepOf(row, { wall_ms: clock.now(), monotonic_ms: monotonic.now(), run: monotonic.run });
      return Math.abs(step) > toleratedStep ? step : undefined;
    },
    latest(database) {
      const row = statements(database).select.get();
      if (!row) return clock.now();
      return row.jump_ms === null ? Math.max(row.latest_ms, clock.now() + row.shift_ms) : row.latest_ms;
    },
  };
}

/** The jump that waits to be acknowledged. */
export function waitingJump(database: SqliteDatabase): ClockJump | undefined {
  const row = statements(database).select.get();
  return row && row.jump_ms !== null ? { id: row.jump_id, milliseconds: row.jump_ms } : undefined;
}

/**
 * Goes on after a jump, because two operators say that the clock is right now. Time then goes on from where it was, also
 * if the clock was set back.
 */
export function acknowledgeJump({ database, nowMs: wall }: Transaction, monotonic: MonotonicClock): void {
  const row = statements(database).select.get();
  if (!row || row.jump_ms === null) return;
  statements(database).write.run({
    latest_ms: row.latest_ms,
    shift_ms: Math.max(row.shift_ms, row.latest_ms - wall),
    wall_ms: wall,
    monotonic_ms: monotonic.now(),
    run: monotonic.run,
    jump_id: row.jump_id,
    jump_ms: null,
  });
}

/**
 * Whether a clock that waits to be acknowledged shows now neither what it did when its jump was seen nor what it should: what
 * operators sign for that jump is no word on this one. After a boot nothing can tell.
 */
function isSetAgain({ run, jump_ms }: Row, now: Pick<Row, "run">, step: number): boolean {
  const isNear = (milliseconds: number) => Math.abs(step - milliseconds) <= toleratedStep;
  return run === now.run && !isNear(0) && !isNear(jump_ms ?? 0);
}

/** By how much the wall clock is off: what it shows, less what it should show. */
function stepOf(row: Row, now: Pick<Row, "wall_ms" | "monotonic_ms" | "run">): number {
  if (row.run === now.run) return now.wall_ms - row.wall_ms - (now.monotonic_ms - row.monotonic_ms);
  return Math.min(0, now.wall_ms + row.shift_ms - row.latest_ms);
}

function recordJump(transaction: Transaction, row: Row, step: number, alarms: Alarms): ClockJump {
  const jump = { id: row.jump_id + 1, milliseconds: Math.round(step) };
  statements(transaction.database).write.run({ ...row, jump_id: jump.id, jump_ms: jump.milliseconds });
  const fields = { jump: `${jump.id}`, milliseconds: `${jump.milliseconds}` };
  transaction.record({ kind: "clock", body: { event: "jump", ...fields } });
  transaction.afterCommit(() => alarms.raise("clock_jump", fields));
  return jump;
}
