import { randomInt } from "node:crypto";
import { createServer } from "node:net";
import { portCount } from "../../cli/up/plan.ts";

/** The first of as many free loopback ports as a local network takes, outside the range that systems hand out. */
export async function freePortBase(): Promise<number> {
  for (let attempt = 0; attempt < 50; attempt += 1) {
    const base = randomInt(10_000, 30_000);
    const free = await Promise.all(Array.from({ length: portCount }, (_, index) => isFree(base + index)));
    if (free.every(Boolean)) return base;
  }
  throw new Error("no range of free ports found");
}

export function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const probe = createServer();
    probe.once("error", () => resolve(false));
    probe.listen(port, "127.0.0.1", () => probe.close(() => resolve(true)));
  });
}
