/** One thing that was looked at. `warn` is for what works and should not stay; only `fail` fails the command. */
export interface Finding {
  readonly result: "ok" | "warn" | "fail";
  /** What was looked at: `module`, `token`, `pin`, `key main`. */
  readonly what: string;
  /** What was found, and what to do about it. */
  readonly detail: string;
}

export const ok = (what: string, detail: string): Finding => ({ result: "ok", what, detail });
export const warn = (what: string, detail: string): Finding => ({ result: "warn", what, detail });
export const fail = (what: string, detail: string): Finding => ({ result: "fail", what, detail });
