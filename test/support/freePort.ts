import { randomInt } from "node:crypto";
import { createServer } from "node:net";

/**
 * A loopback port on which nobody listens, for what needs one port over a restart. It lies between those of local
 * networks (e2e/ports.ts) and those that systems hand out, so that no other test's connection takes it meanwhile.
 */
export async function freePort(): Promise<number> {
  for (let attempt = 0; attempt < 50; attempt += 1) {
    const port = randomInt(30_000, 32_768);
    if (await isFree(port)) return port;
  }
  throw new Error("no free port found");
}

export function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const probe = createServer();
    probe.once("error", () => resolve(false));
    probe.listen(port, "127.0.0.1", () => probe.close(() => resolve(true)));
  });
}
