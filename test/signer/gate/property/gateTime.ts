/** How far a clock may step unasked, in milliseconds. */
const tolerated = 5 * 60_000;

/**
 * True time, and how far from it the gate's time may be. Nothing here computes the gate's time: it is bounded by what
 * somebody did to the clock, so that the oracle does not repeat what it judges.
 */
export interface GateTime {
  readonly now: number;
  /** A jump was seen that nobody has acknowledged. */
  readonly jumped: boolean;
  pass(milliseconds: number): void;
  set(by: number): void;
  /** The gate looks at the clock; `told` if it could tell the time. */
  look(told: boolean): void;
  acknowledged(): void;
  rebooted(): void;
  moment(): Moment;
  /** Longest and shortest time that the gate may think has passed since. */
  since(moment: Moment): { readonly most: number; readonly least: number };
}

export interface Moment {
  readonly at: number;
  readonly ahead: number;
  readonly behind: number;
}

export function createGateTime(): GateTime {
  let now = 0;
  /** Sum of all steps forward, and of all time that may have been lost. */
  let ahead = 0;
  let behind = 0;
  /** Steps since they were last forgiven. */
  let drift = 0;
  let jumped = false;
  let lastTold = 0;
  return {
    get now() {
      return now;
    },
    get jumped() {
      return jumped;
    },
    pass(milliseconds) {
      now += milliseconds;
    },
    set(by) {
      drift += by;
      if (by > 0) ahead += by;
      else behind -= by;
    },
    look(told) {
      if (Math.abs(drift) > tolerated) jumped = true;
      if (told) lastTold = now;
    },
    acknowledged() {
      behind += now - lastTold;
      lastTold = now;
      drift = 0;
      jumped = false;
    },
    rebooted() {
      // how long the machine was off, nothing in it can tell
      if (!jumped) drift = 0;
    },
    moment: () => ({ at: now, ahead, behind }),
    since: (moment) => ({
      most: now - moment.at + ahead - moment.ahead,
      least: now - moment.at - (behind - moment.behind),
    }),
  };
}
