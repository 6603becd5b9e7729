import { readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { describe, expect, it } from "vitest";
import { repository } from "../support/attestor.ts";
import { exportedMetrics } from "../support/exportedMetrics.ts";

interface Panel {
  readonly id: number;
  readonly title: string;
  readonly type: string;
  readonly targets?: readonly { readonly expr: string; readonly legendFormat: string }[];
}

const file = (name: string) => path.join(repository, "docs", name);
const known = exportedMetrics();

describe("docs/metrics.md", () => {
  const page = file("metrics.md");
  const table = (service: string) =>
    known
      .filter((metric) => metric.service === service)
      .map(({ name, type, labels, help }) => `| \`${name}\` | ${type} | ${labels.join(", ") || "–"} | ${help} |`);

  it("lists every metric with its help text, as the services export them", () => {
    const text = readFileSync(page, "utf8");
    const wanted = text.replaceAll(
      /(<!-- (chain-service|signer|collector) -->\n\n)[\s\S]*?(\n\n<!-- end -->)/g,
      (_all, begin: string, service: string, end: string) =>
        `${begin}${["| metric | type | labels | help |", "| --- | --- | --- | --- |", ...table(service)].join("\n")}${end}`,
    );
    if (process.env.UPDATE_DOCS === "1") writeFileSync(page, wanted);
    expect(readFileSync(page, "utf8"), "UPDATE_DOCS=1 npm test -- test/docs/metrics.test.ts writes it").toBe(wanted);
    for (const { name } of known) expect(wanted).toContain(`\`${name}\``);
  });
});

describe("the Grafana dashboard", () => {
  const { panels } = JSON.parse(readFileSync(file("grafana/attestor.json"), "utf8")) as { panels: Panel[] };
  const targets = panels.flatMap(({ targets: own = [], title }) => own.map((target) => ({ ...target, title })));

  /** A histogram is asked for by its buckets. */
  const metricIn = (name: string) => known.find((metric) => metric.name === name.replace(/_bucket$/, ""));
  const namesIn = (expr: string) => expr.match(/\b(?:attestor|signer)_[a-z_]+/g) ?? [];

  it("asks for metrics that exist, by labels that they have", () => {
    for (const { title, expr, legendFormat } of targets) {
      const metrics = namesIn(expr).map(metricIn);
      expect(metrics.length, title).toBeGreaterThan(0);
      expect(metrics, `${title}: ${expr}`).not.toContain(undefined);
      const labels = metrics.flatMap((metric) => metric?.labels ?? []);
      const named = [...legendFormat.matchAll(/\{\{([a-z]+)\}\}/g), ...expr.matchAll(/\{([a-z]+)[!=]/g)];
      for (const [, label] of named) expect(labels, `${title}: ${label}`).toContain(label);
    }
  });

  it("shows every metric that there is", () => {
    const shown = targets.flatMap(({ expr }) => namesIn(expr)).map((name) => metricIn(name)?.name);
    expect(known.map(({ name }) => name).filter((name) => !shown.includes(name))).toEqual([]);
  });

  it("has a number of its own for each panel, which all have titles", () => {
    expect(new Set(panels.map(({ id }) => id)).size).toBe(panels.length);
    for (const { title, type } of panels) {
      expect(title).not.toBe("");
      expect(["row", "stat", "timeseries"]).toContain(type);
    }
  });
});
