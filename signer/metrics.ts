import { Counter, Gauge, Histogram, Registry } from "../shared/metrics/index.ts";
import { exportCertificateExpiry, type LiveIdentity } from "../shared/tls/index.ts";
import { type Custody, custodyKinds } from "../shared/wire/index.ts";
import type { PendingCounts } from "./gate/index.ts";

/** What the gauges read when they are scraped. */
export interface MetricSources {
  keeperStatus(): { readonly up: boolean; readonly restarts: number };
  /** Of every key. */
  custodies(): readonly Custody[];
  ledgerRows(): Readonly<Record<"signing" | "signed", number>>;
  /** Undefined while the database cannot be read. */
  pendingHolds(): PendingCounts | undefined;
  policyVersion(): number;
  requestsInFlight(): number;
  missingClients(): number;
  /** Undefined while the database cannot be read. */
  rollbackProofs(): number | undefined;
  readonly identity: Pick<LiveIdentity, "current">;
}

export interface SignerMetrics {
  readonly registry: Registry;
  readonly attestations: Counter<"outcome" | "rule">;
  readonly rehearsals: Counter<"outcome" | "rule">;
  readonly refusedEarly: Counter<"client" | "code">;
  readonly alarms: Counter<"code">;
  readonly requestSeconds: Histogram<"outcome">;
  readonly keeperSeconds: Histogram<"result">;
  /** Starts reading the gauges' sources. */
  observe(sources: MetricSources): void;
}

/** Every metric of the signer. Names carry units; help texts say what is to be expected. */
export function createSignerMetrics(): SignerMetrics {
  const registry = new Registry();
  const registers = [registry];
  const buckets = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];
  return {
    registry,
    attestations: new Counter({
      name: "signer_attestations_total",
      help: "Requests for an attestation by outcome and by the rule that decided. Denied and failed are expected to stay at 0.",
      labelNames: ["outcome", "rule"],
      registers,
    }),
    rehearsals: new Counter({
      name: "signer_dry_runs_total",
      help: "Dry runs by what the outcome would be and by the rule that would decide. Expected: as many as people try out.",
      labelNames: ["outcome", "rule"],
      registers,
    }),
    refusedEarly: new Counter({
      name: "signer_refused_early_total",
      help: "Requests for an attestation that were refused before the gate, by client and code. rate_limited: the client sends more than its policy allows. overloaded: the HSM has more to sign than it can in time. Expected: 0.",
      labelNames: ["client", "code"],
      registers,
    }),
    alarms: new Counter({
      name: "signer_alarms_total",
      help: "What a person must look at, by code: equivocation (two packets with one id), disagreement (clients submitted different packets with one id), clock_jump (the clock was set), rollback (a client holds what the ledger does not have), wrong_signature (an HSM that signs wrongly). Expected: 0.",
      labelNames: ["code"],
      registers,
    }),
    requestSeconds: new Histogram({
      name: "signer_attestation_duration_seconds",
      help: "From a request's arrival at the gate to its outcome. Expected: 3-20 ms with SoftHSM, 80-500 ms with a serial HSM.",
      labelNames: ["outcome"],
      buckets,
      registers,
    }),
    keeperSeconds: new Histogram({
      name: "signer_keeper_duration_seconds",
      help: "One signing call to the keeper, waiting for a session included. Expected: 1-10 ms with SoftHSM, 75-400 ms with a serial HSM.",
      labelNames: ["result"],
      buckets,
      registers,
    }),
    observe(sources) {
      const { keeperStatus, ledgerRows, pendingHolds, policyVersion, missingClients, rollbackProofs } = sources;
      exportCertificateExpiry(registry, "signer_certificate_expiry_timestamp_seconds", sources.identity);
      new Gauge({
        name: "signer_requests_in_flight",
        help: "Requests for an attestation that are being decided or signed now. Expected: what the clients send at once; a number that only grows shows an HSM that is too slow.",
        registers,
        collect() {
          this.set(sources.requestsInFlight());
        },
      });
      new Gauge({
        name: "signer_keeper_up",
        help: "1 if the keeper of the keys can sign now, else 0. Expected: 1.",
        registers,
        collect() {
          this.set(keeperStatus().up ? 1 : 0);
        },
      });
      new Gauge({
        name: "signer_keeper_restarts",
        help: "How often the keeper was killed and started again since the signer started. Expected: 0.",
        registers,
        collect() {
          this.set(keeperStatus().restarts);
        },
      });
      new Gauge({
        name: "signer_keys",
        help: "Keys by custody: hsm, kms, or sealed-software for an Aleo key that signs outside the HSM. Expected: no sealed-software unless you chose it.",
        labelNames: ["custody"],
        registers,
        collect() {
          const custodies = sources.custodies();
          for (const custody of custodyKinds) {
            this.set({ custody }, custodies.filter((each) => each === custody).length);
          }
        },
      });
      new Gauge({
        name: "signer_policy_version",
        help: "Version of the policy in force. Expected: only ever rises, and only when operators change it.",
        registers,
        collect() {
          this.set(policyVersion());
        },
      });
      new Gauge({
        name: "signer_missing_clients",
        help: "Clients that have not shown since the signer's start what they hold; nothing is signed before. Expected: 0 within seconds of a start.",
        registers,
        collect() {
          this.set(missingClients());
        },
      });
      new Gauge({
        name: "signer_rollback_proofs",
        help: "Attestations by our keys that a client holds and the ledger does not have; nothing is signed while there is one. Expected: 0.",
        registers,
        collect() {
          this.set(rollbackProofs() ?? Number.NaN);
        },
      });
      new Gauge({
        name: "signer_ledger_rows",
        help: "Packets in the ledger by state. signing: reserved and not released; expected to return to 0 within seconds. signed: only ever rises.",
        labelNames: ["state"],
        registers,
        collect() {
          const rows = ledgerRows();
          this.set({ state: "signing" }, rows.signing);
          this.set({ state: "signed" }, rows.signed);
        },
      });
      new Gauge({
        name: "signer_holds",
        help: "Packets that wait, by why. review: for two operators; expected: 0. announced: for their time; expected: what the route sends within its wait. agreement: for more clients; expected to return to 0.",
        labelNames: ["reason"],
        registers,
        collect() {
          for (const [reason, count] of Object.entries(pendingHolds() ?? {})) this.set({ reason }, count);
        },
      });
    },
  };
}
