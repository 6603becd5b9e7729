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

/** Labels by the name of every metric that a service exports. */
const exported = () => new Map(exportedMetrics().map(({ name, labels }) => [name, labels]));

test("alert rules name metrics that exist, and labels that those have", () => {
  const known = exported();
  for (const { alert, expr, annotations } of rules) {
    const metrics = expr.match(/(attestor|signer)_[a-z_]+/g) ?? [];
    expect(metrics.length, alert).toBeGreaterThan(0);
    for (const metric of metrics) {
      expect([...known.keys()], alert).toContain(metric);
      for (const [, label] of JSON.stringify(annotations).matchAll(/\$labels\.([a-z]+)/g)) {
        expect(known.get(metric), `${alert}: ${label}`).toContain(label);
      }
      for (const [, label] of expr.matchAll(/\{([a-z]+)=/g)) expect(known.get(metric), alert).toContain(label);
    }
  }
});

test("every rule has a name of its own, says how urgent it is and what it found", () => {
  expect(new Set(rules.map(({ alert }) => alert)).size).toBe(rules.length);
  for (const { alert, labels, annotations } of rules) {
    expect(["page", "ticket"], alert).toContain(labels.severity);
    expect(annotations.summary.length, alert).toBeGreaterThan(10);
  }
});

test("there is a rule for each way to miss a packet", () => {
  const watched = rules.map(({ expr }) => expr).join("\n");
  for (const metric of [
    "oldest_unattested_seconds",
    "missing_packets",
    "unread_final_blocks",
    "quorum_failures_total",
    "outbox_oldest_seconds",
    "screening_age_seconds",
  ]) {
    expect(watched).toContain(`attestor_chain_${metric}`);
  }
});
