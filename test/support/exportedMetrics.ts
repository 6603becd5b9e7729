import { createChainMetrics, exportCertificate, exportStatus } from "../../chain/metrics.ts";
import { createCollectorMetrics } from "../../collector/metrics.ts";
import type { Store } from "../../collector/store/index.ts";
import { createSignerMetrics } from "../../signer/metrics.ts";

export interface ExportedMetric {
  readonly service: "chain-service" | "signer" | "collector";
  readonly name: string;
  readonly help: string;
  readonly type: string;
  readonly labels: readonly string[];
}

/** Every metric that a service exports. Nothing is collected. */
export function exportedMetrics(): ExportedMetric[] {
  const never = (): never => {
    throw new Error("nothing is scraped here");
  };
  const chain = createChainMetrics();
  exportStatus(chain, never);
  exportCertificate(chain, { current: never });
  const signer = createSignerMetrics();
  signer.observe({
    custodies: never,
    keeperStatus: never,
    ledgerRows: never,
    pendingHolds: never,
    policyVersion: never,
    requestsInFlight: never,
    missingClients: never,
    rollbackProofs: never,
    identity: { current: never },
  });
  const collector = createCollectorMetrics({} as Store);
  collector.observeFollowers(never);
  collector.observeCertificate({ current: never });
  const services = { "chain-service": chain, signer, collector } as const;
  return Object.entries(services).flatMap(([service, { registry }]) =>
    registry.getMetricsAsArray().map((metric) => ({
      service: service as ExportedMetric["service"],
      name: metric.name,
      help: "help" in metric ? String(metric.help) : "",
      type: metric.constructor.name.toLowerCase(),
      labels: "labelNames" in metric ? (metric.labelNames as string[]) : [],
    })),
  );
}
