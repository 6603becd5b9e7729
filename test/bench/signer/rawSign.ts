import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { z } from "zod";
import type { SoftHsm } from "../../support/softhsm.ts";

const resultSchema = z.object({
  signatures: z.number(),
  seconds: z.number(),
  cpuMicros: z.number(),
  medianMicros: z.number(),
});

export interface RawResult {
  readonly perSecond: number;
  /** Microseconds of CPU for one signature. */
  readonly cpuMicros: number;
  readonly medianMs: number;
}

/** Signs in a C program that does nothing else. */
export async function rawSign(
  program: string,
  hsm: SoftHsm,
  { threads, seconds, module = hsm.module }: { threads: number; seconds: number; module?: string },
): Promise<RawResult> {
  const words = [module, hsm.token, hsm.keys[0]?.id ?? "", `${threads}`, `${seconds}`];
  const running = promisify(execFile)(program, words, { env: { ...process.env, ...hsm.env } });
  running.child.stdin?.end(`${hsm.pin}\n`);
  const { signatures, seconds: took, cpuMicros, medianMicros } = resultSchema.parse(JSON.parse((await running).stdout));
  return { perSecond: signatures / took, cpuMicros: cpuMicros / signatures, medianMs: medianMicros / 1_000 };
}
