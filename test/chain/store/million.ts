import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { fillStore } from "./history.ts";
import type { Probe } from "./probe.ts";

export interface Measured extends Probe {
  readonly megabytes: number;
}

/** Fills a store with that many packets and opens it twice in processes of their own; the second start counts. */
export function measureStore(packets: number): Measured {
  const folder = mkdtempSync(path.join(tmpdir(), "attestor-million-"));
  const file = path.join(folder, "chain.sqlite");
  const probe = () => {
    const program = path.join(import.meta.dirname, "probe.ts");
    return JSON.parse(execFileSync(process.execPath, [program, file], { encoding: "utf8" })) as Probe;
  };
  try {
    fillStore(file, packets);
    const megabytes = Math.round(statSync(file).size / 1_000_000);
    probe();
    return { ...probe(), megabytes };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
