import { Counter, Gauge, Registry } from "../shared/metrics/index.ts";
import type { RecordOutcome, Store } from "./store/index.ts";

/** Which of the two write paths a statement came by. */
export type Door = "attestations" | "verulink";

export interface CollectorMetrics {
  readonly registry: Registry;
  countWrite(door: Door, outcome: RecordOutcome | "refused"): void;
  /** @param seconds since 1970. */
  noteStored(deployment: string, attestor: string, seconds: number): void;
}

export function createCollectorMetrics(store: Store): CollectorMetrics {
  const registry = new Registry();
  const registers = [registry];
  const writes = new Counter({
    name: "attestor_collector_writes_total",
    help: "Statements that attestors handed in, by door and outcome. refused stays flat; conflict stays 0.",
    labelNames: ["door", "outcome"],
    registers,
  });
  const lastStored = new Gauge({
    name: "attestor_collector_last_stored_timestamp_seconds",
    help: "When the newest statement of an attestor was stored since start. Attestors of one route stay close together.",
    labelNames: ["deployment", "attestor"],
    registers,
  });
  new Gauge({
    name: "attestor_collector_conflicts",
    help: "Conflicts on record: an attestor signed two different statements about one packet id. Expected 0, always.",
    registers,
    async collect() {
      this.set((await store.conflicts()).length);
    },
  });
  return {
    registry,
    countWrite: (door, outcome) => writes.inc({ door, outcome }),
    noteStored: (deployment, attestor, seconds) => lastStored.set({ deployment, attestor }, seconds),
  };
}
