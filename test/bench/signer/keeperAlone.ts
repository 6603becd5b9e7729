import { mkdtempSync } from "node:fs";
import path from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { type KeySpec, startKeeper } from "../../../hsm/index.ts";
import { createLogger } from "../../../shared/log/index.ts";
import { samplePacket } from "../../signer/samples.ts";
import type { SoftHsm } from "../../support/softhsm.ts";
import { childrenOf, cpuOf } from "./processCpu.ts";

export interface KeeperResult {
  readonly perSecond: number;
  readonly medianMs: number;
  /** Microseconds of CPU for one signature: of this side of the connection, and of the keeper. */
  readonly cpu: { readonly daemon: number; readonly keeper: number };
}

/** Has a keeper attest, without server, ledger and audit around it, at several concurrencies. */
export async function keeperAlone(
  hsm: SoftHsm,
  {
    sessions,
    seconds,
    warmUp,
    concurrencies,
  }: { sessions: number; seconds: number; warmUp: number; concurrencies: readonly number[] },
): Promise<ReadonlyMap<number, KeeperResult>> {
  const [key] = hsm.keys;
  if (!key) throw new Error("the token has no key");
  const { label: name, uri, publicKey } = key;
  const spec: KeySpec = { name, uri, publicKey, scheme: "verulink-evm", deployment: "local", destination: 2n };
  const stateFolder = mkdtempSync(path.join(hsm.folder, "keeper-"));
  const logger = createLogger({ service: "bench", level: "warn" });
  const others = childrenOf(process.pid);
  const options = { stateFolder, sessions, callDeadlineMs: 10_000, logger, environment: hsm.env };
  const keeper = await startKeeper({ ...options, keys: [spec] });
  const [pid = 0] = childrenOf(process.pid).filter((child) => !others.includes(child));
  let sequence = 0n;
  const attest = () => {
    sequence += 1n;
    return keeper.attest({ key: name, packet: samplePacket({ sequence }), verdict: "white" });
  };
  const results = new Map<number, KeeperResult>();
  const most = sequence + BigInt(warmUp);
  const warm = async () => {
    while (sequence < most) await attest();
  };
  await Promise.all(Array.from({ length: Math.max(...concurrencies) }, warm));
  for (const concurrency of concurrencies) {
    await pause(100);
    const before = { daemon: cpuOf(process.pid), keeper: cpuOf(pid) };
    const began = performance.now();
    const times: number[] = [];
    const work = async () => {
      while (performance.now() < began + seconds * 1_000) {
        const asked = performance.now();
        await attest();
        times.push(performance.now() - asked);
      }
    };
    await Promise.all(Array.from({ length: concurrency }, work));
    const took = (performance.now() - began) / 1_000;
    const cpu = {
      daemon: (cpuOf(process.pid) - before.daemon) / times.length,
      keeper: (cpuOf(pid) - before.keeper) / times.length,
    };
    times.sort((a, b) => a - b);
    results.set(concurrency, { perSecond: times.length / took, medianMs: times[times.length >> 1] ?? 0, cpu });
  }
  await keeper.close();
  return results;
}
