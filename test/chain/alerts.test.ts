import { readFileSync } from "node:fs";
import path from "node:path";
import { expect, test } from "vitest";
import { parse } from "yaml";
import { exportedMetrics } from "../support/exportedMetrics.ts";

interface Rule {
  readonly alert: string;
  readonly expr: string;
  readonly labels: { readonly severity: string };
  readonly annotations: { readonly summary: string };
}

const file = path.join(import.meta.dirname, "../../docs/alerts.yaml");
const { groups } = parse(readFileSync(file, "utf8")) as { groups: { name: string; rules: Rule[] }[] };
const rules = groups.flatMap((group) => group.rules);

/** Labels and help by the name of every metric that our services export. */
const exported = () => new Map(exportedMetrics().map(({ name, labels, help }) => [name, { labels, help }]));

/** What Prometheus itself adds to every scrape. */
const scrapeLabels = ["job", "instance"];
const metricsIn = (expr: string) => expr.match(/\b(attestor|signer)_[a-z_]+\b/g) ?? [];

test("alert rules name metrics that exist, and labels that those have", () => {
  const known = exported();
  for (const { alert, expr, annotations } of rules) {
    const metrics = metricsIn(expr);
    if (!/\bup\{/.test(expr)) expect(metrics.length, alert).toBeGreaterThan(0);
    for (const metric of metrics) {
      expect([...known.keys()], alert).toContain(metric);
      const labels = [...(known.get(metric)?.labels ?? []), ...scrapeLabels];
      for (const [, label] of JSON.stringify(annotations).matchAll(/\$labels\.([a-z]+)/g)) {
        expect(labels, `${alert}: ${label}`).toContain(label);
      }
      for (const [, label] of expr.matchAll(/[{,]([a-z]+)=/g)) expect(labels, alert).toContain(label);
    }
  }
});

test("every metric that must stay 0 by its own words has a rule", () => {
  const watched = rules.flatMap(({ expr }) => metricsIn(expr));
  const never = [...exported()].filter(([, { help }]) => /must (stay|be) 0/.test(help)).map(([metric]) => metric);
  expect(never.length).toBeGreaterThan(5);
  for (const metric of never) expect(watched).toContain(metric);
});

test("every rule has a name of its own, says how urgent it is and what it found", () => {
  expect(new Set(rules.map(({ alert }) => alert)).size).toBe(rules.length);
  for (const { alert, labels, annotations } of rules) {
    expect(["page", "ticket"], alert).toContain(labels.severity);
    expect(annotations.summary.length, alert).toBeGreaterThan(10);
  }
});

test("there is a rule for what stops a signer without an error of its own", () => {
  const watched = rules.flatMap(({ expr }) => metricsIn(expr));
  for (const metric of ["keeper_up", "missing_clients", "rollback_proofs", "certificate_expiry_timestamp_seconds"]) {
    expect(watched).toContain(`signer_${metric}`);
  }
});

test("there is a rule for each way to miss a packet", () => {
  const watched = rules.flatMap(({ expr }) => metricsIn(expr));
  for (const metric of [
    "oldest_unattested_seconds",
    "missing_packets",
    "unread_final_blocks",
    "quorum_failures_total",
    "outbox_oldest_seconds",
    "screening_age_seconds",
    "chain_up",
    "chain_stopped",
    "route_stopped",
    "route_ready",
    "final_age_seconds",
    "rescan_differences_total",
    "peer_up",
  ]) {
    expect(watched).toContain(`attestor_chain_${metric}`);
  }
});
