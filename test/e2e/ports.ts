import { randomInt } from "node:crypto";
import { portCount } from "../../cli/up/plan.ts";
import { isFree } from "../support/freePort.ts";

export { isFree } from "../support/freePort.ts";

/** The first of as many free loopback ports as a local network takes, outside the range that systems hand out. */
export async function freePortBase(): Promise<number> {
  for (let attempt = 0; attempt < 50; attempt += 1) {
    const base = randomInt(10_000, 30_000);
    const free = await Promise.all(Array.from({ length: portCount }, (_, index) => isFree(base + index)));
    if (free.every(Boolean)) return base;
  }
  throw new Error("no range of free ports found");
}
