import { Counter, Gauge, Histogram, Registry } from "../shared/metrics/index.ts";
import { exportCertificateExpiry, type LiveIdentity } from "../shared/tls/index.ts";
import type { ChainServiceStatus } from "./control/status.ts";
import type { ChainObserver } from "./source/index.ts";

type ChainState = ChainServiceStatus["chains"][number];

/** What the steps count. Everything else that is exported is read from the status at each scrape. */
export interface ChainMetrics {
  readonly registry: Registry;
  readonly providers: ChainObserver;
  readonly signerAnswers: Counter<"route" | "outcome">;
  readonly rejectedAttestations: Counter<"route">;
  readonly deliveries: Counter<"collector" | "outcome">;
  readonly otherVotes: Counter<"route">;
  readonly rescanDifferences: Counter<"route">;
  readonly workSeconds: Counter<"kind">;
}

export function createChainMetrics(): ChainMetrics {
  const registry = new Registry();
  const registers = [registry];
  const exchanges = new Counter({
    name: "attestor_chain_rpc_requests_total",
    help: "JSON-RPC requests by outcome; anything but answered should be rare.",
    labelNames: ["chain", "provider", "outcome"],
    registers,
  });
  const seconds = new Histogram({
    name: "attestor_chain_rpc_request_seconds",
    help: "Time of a JSON-RPC request in seconds; 0.01 to 1 is usual.",
    labelNames: ["chain", "provider"],
    buckets: [0.005, 0.02, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10],
    registers,
  });
  const disputes = new Counter({
    name: "attestor_chain_disputes_total",
    help: "Answers in which a provider contradicted the others about a final block; must stay 0.",
    labelNames: ["chain", "provider"],
    registers,
  });
  const quorumFailures = new Counter({
    name: "attestor_chain_quorum_failures_total",
    help: "Questions that no quorum of providers answered; should stay near 0.",
    labelNames: ["chain"],
    registers,
  });
  return {
    registry,
    providers: {
      exchange({ chain, provider, outcome, seconds: took }) {
        exchanges.inc({ chain, provider, outcome });
        seconds.observe({ chain, provider }, took);
      },
      dispute({ chain, dissenting }) {
        for (const provider of dissenting) disputes.inc({ chain, provider });
      },
      quorumFailure: ({ chain }) => quorumFailures.inc({ chain }),
    },
    signerAnswers: new Counter({
      name: "attestor_chain_signer_answers_total",
      help: "Answers of the signer by outcome; denied and failed should stay near 0.",
      labelNames: ["route", "outcome"],
      registers,
    }),
    rejectedAttestations: new Counter({
      name: "attestor_chain_rejected_attestations_total",
      help: "Attestations from the signer that were not what was asked for; must stay 0.",
      labelNames: ["route"],
      registers,
    }),
    deliveries: new Counter({
      name: "attestor_chain_deliveries_total",
      help: "Deliveries by outcome; conflict must stay 0, failed should stay near 0.",
      labelNames: ["collector", "outcome"],
      registers,
    }),
    rescanDifferences: new Counter({
      name: "attestor_chain_rescan_differences_total",
      help: "Differences between the chain and the database that rescans found; must stay 0.",
      labelNames: ["route"],
      registers,
    }),
    workSeconds: new Counter({
      name: "attestor_chain_work_seconds_total",
      help: "Seconds at the database (store) and waiting for the signer and for collectors (delivery), several at once.",
      labelNames: ["kind"],
      registers,
    }),
    otherVotes: new Counter({
      name: "attestor_chain_other_votes_total",
      help: "Packets executed with another vote than ours; should stay near 0.",
      labelNames: ["route"],
      registers,
    }),
  };
}

export function exportCertificate({ registry }: ChainMetrics, identity: Pick<LiveIdentity, "current">): void {
  exportCertificateExpiry(registry, "attestor_chain_certificate_expiry_timestamp_seconds", identity);
}

/** Exports the service's state as gauges, read at each scrape. */
export function exportStatus({ registry }: ChainMetrics, readStatus: () => ChainServiceStatus): void {
  const status = oncePerScrape(readStatus);
  const gauge = <L extends string>(name: string, help: string, labelNames: L[], fill: (gauge: Gauge<L>) => void) =>
    new Gauge({
      name: `attestor_chain_${name}`,
      help,
      labelNames,
      registers: [registry],
      collect() {
        this.reset();
        fill(this);
      },
    });
  const perRoute = (name: string, help: string, value: (route: ChainServiceStatus["routes"][number]) => number) =>
    gauge(name, help, ["route"], (target) => {
      for (const route of status().routes) target.set({ route: route.name }, value(route));
    });
  const perChain = (name: string, help: string, value: (chain: ChainState) => number) =>
    gauge(name, help, ["chain"], (target) => {
      for (const chain of status().chains) target.set({ chain: chain.name }, value(chain));
    });

  const perProvider = (
    name: string,
    help: string,
    value: (provider: ChainState["providers"][number], chain: ChainState) => number,
  ) =>
    gauge(name, help, ["chain", "provider"], (target) => {
      for (const chain of status().chains) {
        for (const provider of chain.providers) {
          target.set({ chain: chain.name, provider: provider.label }, value(provider, chain));
        }
      }
    });

  gauge("packets", "Packets by state; all but executed should be few.", ["route", "state"], (target) => {
    for (const { name: route, packets } of status().routes) {
      for (const [state, count] of Object.entries(packets)) target.set({ route, state }, count);
    }
  });
  gauge("outbox_waiting", "Attestations that a collector has not acknowledged; near 0.", ["collector"], (target) => {
    for (const { name, waiting } of status().collectors) target.set({ collector: name }, waiting);
  });
  gauge(
    "outbox_oldest_seconds",
    "How long the longest waiting delivery to a collector waits; seconds, 0 if none does.",
    ["collector"],
    (target) => {
      for (const { name, oldestWaitingSeconds } of status().collectors) {
        target.set({ collector: name }, oldestWaitingSeconds ?? 0);
      }
    },
  );
  gauge("peer_up", "1 while the signer or collector answers usably, else 0.", ["peer"], (target) => {
    const { signer, collectors } = status();
    for (const { name, healthy } of [{ name: "signer", ...signer }, ...collectors]) {
      target.set({ peer: name }, healthy ? 1 : 0);
    }
  });
  gauge(
    "screening_age_seconds",
    "Time since a screening list was written, or since a screening service stopped answering (0 while it answers).",
    ["source"],
    (target) => {
      for (const { name, ageSeconds } of status().screening) target.set({ source: name }, ageSeconds);
    },
  );
  gauge("screening_up", "1 while the screening source answers usably, else 0.", ["source"], (target) => {
    for (const { name, reason } of status().screening) target.set({ source: name }, reason === null ? 1 : 0);
  });
  perRoute(
    "oldest_unattested_seconds",
    "Age of the oldest packet without attestation, by its block's time; the route's wait plus minutes, 0 if none.",
    (route) => route.oldestUnattestedSeconds ?? 0,
  );
  perRoute(
    "route_wait_seconds",
    "How long packets of the route wait by configuration; 86400 is the default.",
    (route) => route.waitSeconds,
  );
  perRoute(
    "overdue_packets",
    "Packets that were attested longer ago than the route's overdue and are not executed; users may take their time.",
    (route) => route.overdue,
  );
  perRoute(
    "missing_packets",
    "Packets that the contract counted and whose events were not found; must be 0.",
    (route) => route.gaps.reduce((sum, { from, to }) => sum + Number(to - from) + 1, 0),
  );
  perRoute(
    "missing_oldest_seconds",
    "How long the longest known gap among the route's packets has been known, restarts included; must be 0.",
    (route) => Math.max(0, ...route.gaps.map(({ ageSeconds }) => ageSeconds)),
  );
  perRoute("contract_counter", "The contract's count of dispatched packets; never falls.", (route) =>
    Number(route.counter ?? 0),
  );
  perRoute(
    "unread_final_blocks",
    "Final blocks that are still to be read; near 0.",
    (route) => route.unreadBlocks ?? 0,
  );
  perRoute("route_ready", "1 while the route's packets can be attested, else 0.", (route) => (route.ready ? 1 : 0));
  perRoute("route_stopped", "1 while the route is stopped until a person has looked; must be 0.", (route) =>
    route.stopped === null ? 0 : 1,
  );
  perChain("chain_up", "1 while a quorum of the chain's providers answers usably, else 0.", (chain) =>
    chain.healthy ? 1 : 0,
  );
  perChain("chain_stopped", "1 while the chain is stopped until a person has looked; must be 0.", (chain) =>
    chain.stopped === null ? 0 : 1,
  );
  perProvider("provider_up", "1 while the provider answers usably, else 0.", ({ healthy }) => (healthy ? 1 : 0));
  gauge(
    "provider_announces",
    "1 while the provider's WebSocket announces new blocks, else 0; only where it has one. Nothing but time depends on it.",
    ["chain", "provider"],
    (target) => {
      for (const chain of status().chains) {
        for (const { label, announces } of chain.providers) {
          if (announces !== null) target.set({ chain: chain.name, provider: label }, announces ? 1 : 0);
        }
      }
    },
  );
  perProvider(
    "provider_behind_blocks",
    "Blocks by which the provider's newest block is below the highest that any provider claims; near 0.",
    ({ latest }, chain) =>
      Math.max(0, ...chain.providers.map((other) => other.latest?.height ?? 0)) - (latest?.height ?? 0),
  );
  perChain("final_height", "Newest final block; rises all the time.", (chain) => chain.final?.height ?? 0);
  perChain(
    "final_age_seconds",
    "Age of the newest final block by its own time; minutes on Ethereum, seconds on fast chains.",
    (chain) => chain.final?.ageSeconds ?? 0,
  );
  perChain(
    "finality_by_depth",
    "1 where depth alone makes a block final, which is weaker than the chain's own tag.",
    (chain) => (chain.finality === "depth" ? 1 : 0),
  );
  perChain("single_source", "1 where providers count as one, by the operator's choice.", (chain) =>
    chain.singleSource ? 1 : 0,
  );
}

/** All gauges of a scrape are collected in one go, so the state is read once for all of them. */
function oncePerScrape<T extends object>(read: () => T): () => T {
  let current: T | undefined;
  return () => {
    if (current) return current;
    setImmediate(() => {
      current = undefined;
    });
    current = read();
    return current;
  };
}
