import type { Inputs } from "./outcome.ts";

/** What only a person can sort out, although no request needs to be refused for it. A closed set: it labels metrics. */
export type AlarmCode = "clock_jump" | "disagreement" | "rollback";

export interface Alarms {
  raise(code: AlarmCode, fields: Inputs): void;
}
