import { describe, expect, it, onTestFinished } from "vitest";
import { createOpsService, listen, type Readiness } from "../../../shared/http/index.ts";
import { createLogger } from "../../../shared/log/index.ts";
import { Counter, Gauge, Registry } from "../../../shared/metrics/index.ts";
import { rawRequest, request } from "./rawRequest.ts";

async function ops(readiness: () => Readiness) {
  const registry = new Registry();
  const signed = new Counter({
    name: "attestor_signed_total",
    help: "Attestations signed. Expected to grow.",
    labelNames: ["route"],
    registers: [registry],
  });
  signed.inc({ route: "a" }, 3);
  new Gauge({ name: "attestor_keys", help: "Keys. Expected: 1 or more.", registers: [registry] }).set(2);
  const lines: string[] = [];
  const logger = createLogger({ service: "test", level: "debug" }, { write: (line) => lines.push(line) });
  const service = createOpsService({ logger, registry, readiness });
  onTestFinished(() => service.close());
  const port = await listen(service, { host: "127.0.0.1", port: 0 }, "ops.port");
  return async (method: string, path: string, body = "") => (await rawRequest(port, request(method, path, body)))[0];
}
const ready = () => ({ ready: true, reasons: [] });

describe("the listener for probes and scrapers", () => {
  it("says that the process lives, whether or not it is ready", async () => {
    for (const readiness of [ready, () => ({ ready: false, reasons: ["x"] })]) {
      const ask = await ops(readiness);
      expect(await ask("GET", "/livez")).toMatchObject({ status: 200, body: '{"live":true}' });
    }
  });

  it("says ready, or each reason why not, as it is at that moment", async () => {
    const reasons: string[] = [];
    const ask = await ops(() => ({ ready: reasons.length === 0, reasons }));
    expect(await ask("GET", "/readyz")).toMatchObject({ status: 200, body: '{"ready":true,"reasons":[]}' });
    reasons.push("the keeper is down", "chain 1 is stopped");
    expect(await ask("GET", "/readyz")).toMatchObject({
      status: 503,
      body: '{"ready":false,"reasons":["the keeper is down","chain 1 is stopped"]}',
    });
    reasons.length = 0;
    expect(await ask("GET", "/readyz")).toMatchObject({ status: 200 });
  });

  it("gives the metrics in Prometheus' text format", async () => {
    const answer = await (await ops(ready))("GET", "/metrics");
    expect(answer?.status).toBe(200);
    expect(answer?.headers["content-type"]).toBe("text/plain; version=0.0.4; charset=utf-8");
    expect(answer?.body.trimEnd().split("\n")).toEqual([
      "# HELP attestor_signed_total Attestations signed. Expected to grow.",
      "# TYPE attestor_signed_total counter",
      'attestor_signed_total{route="a"} 3',
      "",
      "# HELP attestor_keys Keys. Expected: 1 or more.",
      "# TYPE attestor_keys gauge",
      "attestor_keys 2",
    ]);
  });

  it("has nothing else", async () => {
    const ask = await ops(ready);
    for (const path of ["/", "/v1/keys", "/livez/", "/metrics/x", "/../livez", "/debug"]) {
      expect(await ask("GET", path), path).toMatchObject({ status: 404 });
    }
    for (const method of ["POST", "PUT", "DELETE"]) {
      expect(await ask(method, "/readyz", "{}"), method).toMatchObject({ status: 405, headers: { allow: "GET" } });
    }
  });

  it("fails without a word of the fault when readiness cannot be told", async () => {
    const ask = await ops(() => {
      throw new Error("s3cret");
    });
    const answer = await ask("GET", "/readyz");
    expect(answer?.status).toBe(500);
    expect(answer?.body).not.toContain("s3cret");
  });
});
