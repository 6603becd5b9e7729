import type { ClockJump } from "../clock/clockGuard.ts";
import type { Pause } from "../pause/pauses.ts";

/** A pause as operators see it. */
export interface PauseView {
  readonly id: string;
  readonly scope: string;
  /** Name that the route had then; null for everything. */
  readonly route: string | null;
  readonly by: string;
  readonly note: string;
  readonly since: string;
  /** The object of the statement (action `resume`) that ends it. */
  readonly object: string;
}

/** The jump that waits to be acknowledged, with the object of the statement (action `acknowledge-clock`) that does. */
export interface ClockView {
  readonly jump: { readonly id: string; readonly milliseconds: string; readonly object: string } | null;
}

/** What operators sign to end a pause. No later pause has the same. */
export function pauseObject({ id, scope }: Pause): string {
  return `pause ${id} of ${scope}`;
}

/** What operators sign to go on after a jump of the clock. No later jump has the same. */
export function jumpObject({ id, milliseconds }: ClockJump): string {
  return `clock jump ${id} of ${milliseconds} ms`;
}

export function pauseView(pause: Pause): PauseView {
  const { id, scope, route, paused_by: by, note, since_ms } = pause;
  return { id: `${id}`, scope, route, by, note, since: new Date(since_ms).toISOString(), object: pauseObject(pause) };
}

export function clockView(jump: ClockJump | undefined): ClockView {
  if (!jump) return { jump: null };
  const { id, milliseconds } = jump;
  return { jump: { id: `${id}`, milliseconds: `${milliseconds}`, object: jumpObject(jump) } };
}
