import { Counter, Gauge, Registry } from "../shared/metrics/index.ts";
import { exportCertificateExpiry, type LiveIdentity } from "../shared/tls/index.ts";
import type { RecordOutcome, Store } from "./store/index.ts";

/** Which of the two write paths a statement came by. */
export type Door = "attestations" | "verulink";

export interface CollectorMetrics {
  readonly registry: Registry;
  countWrite(door: Door, outcome: RecordOutcome | "refused"): void;
  /** @param seconds since 1970. */
  noteStored(deployment: string, attestor: string, seconds: number): void;
  observeFollowers(count: () => number): void;
  observeCertificate(identity: Pick<LiveIdentity, "current">): void;
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
      // A store that does not answer must not take the other metrics away.
      const conflicts = await store.conflicts().catch(() => undefined);
      if (conflicts) this.set(conflicts.length);
    },
  });
  new Gauge({
    name: "attestor_collector_store_up",
    help: "1 while the database can be used, to write too, as far as known; 0 otherwise. Expected 1.",
    registers,
    collect() {
      this.set(store.fault() === undefined ? 1 : 0);
    },
  });
  return {
    registry,
    observeCertificate: (identity) =>
      exportCertificateExpiry(registry, "attestor_collector_certificate_expiry_timestamp_seconds", identity),
    countWrite: (door, outcome) => writes.inc({ door, outcome }),
    observeFollowers(count) {
      new Gauge({
        name: "attestor_collector_followers",
        help: "Readers that follow events now. Expected below `public.followers`, which is the most there can be.",
        registers,
        collect() {
          this.set(count());
        },
      });
    },
    noteStored: (deployment, attestor, seconds) => lastStored.set({ deployment, attestor }, seconds),
  };
}
