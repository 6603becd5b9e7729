import { execFileSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import path from "node:path";

/** The wall clock of processes, which a test sets while they run; their monotonic clock stays the machine's. */
export interface SettableTime {
  /** Goes into the environment of a process. */
  readonly environment: Readonly<Record<string, string>>;
  /** @param offset from the machine's time, such as `+10m`. */
  set(offset: string): void;
}

/** Uses libfaketime, which stands between a process and the C library. */
export function settableTime(folder: string): SettableTime {
  const file = path.join(folder, "time");
  const set = (offset: string) => writeFileSync(file, `${offset}\n`);
  set("+0");
  // the wrapper knows where its library is
  const library = execFileSync("faketime", ["-m", "-f", "+0", "printenv", "LD_PRELOAD"], { encoding: "utf8" }).trim();
  return {
    environment: {
      LD_PRELOAD: library,
      FAKETIME_TIMESTAMP_FILE: file,
      FAKETIME_NO_CACHE: "1",
      FAKETIME_DONT_FAKE_MONOTONIC: "1",
    },
    set,
  };
}
