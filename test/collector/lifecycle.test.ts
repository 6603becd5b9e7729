import { readFileSync, writeFileSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startCollector } from "../../collector/index.ts";
import { createLogger } from "../../shared/log/index.ts";
import { createPinnedClient } from "../../shared/tls/index.ts";
import { attestor, submission, verulinkPost } from "./attestors.ts";
import { type CollectorUnderTest, startCollectorUnderTest } from "./collectorUnderTest.ts";
import { aleoChain, evmChain, packet } from "./packets.ts";

let collector: CollectorUnderTest;
beforeAll(async () => {
  collector = await startCollectorUnderTest();
});
afterAll(() => collector.close());

const quiet = createLogger({ service: "collector", level: "error" }, { write: () => undefined });
const door = "/v1/attestations";

/** The collector's configuration with a setting replaced, in a file beside it. */
function variant(from: string | RegExp, to: string): string {
  const file = collector.configFile.replace("collector.yaml", "variant.yaml");
  writeFileSync(file, readFileSync(collector.configFile, "utf8").replace(from, to));
  return file;
}

describe("the collector's life", () => {
  it("says that it lives and is ready, and counts what comes in", async () => {
    await collector.postAs(0, door, submission(packet(1), "white", attestor(0)));
    await collector.postAs(0, door, submission(packet(1), "white", attestor(0)));
    await collector.postAs(0, door, submission(packet(1), "white", attestor(1)));
    await collector.postAs(1, "/verulink/signature", verulinkPost(packet(1), "white", attestor(1)));
    expect((await collector.ops("/livez")).status).toBe(200);
    expect(JSON.parse((await collector.ops("/readyz")).text)).toEqual({ ready: true, reasons: [] });
    const { text } = await collector.ops("/metrics");
    for (const line of [
      'attestor_collector_writes_total{door="attestations",outcome="stored"} 1',
      'attestor_collector_writes_total{door="attestations",outcome="duplicate"} 1',
      'attestor_collector_writes_total{door="attestations",outcome="refused"} 1',
      'attestor_collector_writes_total{door="verulink",outcome="stored"} 1',
      "attestor_collector_conflicts 0",
    ]) {
      expect(text.split("\n")).toContain(line);
    }
    expect(text).toMatch(/^attestor_collector_certificate_expiry_timestamp_seconds [1-9]/m);
    expect(text).toContain(`last_stored_timestamp_seconds{deployment="alpha",attestor="${attestor(0).address}"}`);
  });

  it("keeps everything over a restart", async () => {
    const before = (await collector.read(`/v1/packets/${aleoChain}/${evmChain}/1`)).body;
    expect(before.status).toBe("quorum");
    await collector.restart();
    expect((await collector.read(`/v1/packets/${aleoChain}/${evmChain}/1`)).body).toEqual(before);
    expect((await collector.postAs(0, door, submission(packet(1), "white", attestor(0)))).status).toBe(200);
  });

  it("loses nothing that it acknowledged when it is stopped in the middle of work", async () => {
    const posts = [10, 11, 12].map((sequence) =>
      collector.postAs(0, door, submission(packet(sequence), "white", attestor(0))).catch(() => undefined),
    );
    await Promise.race(posts);
    await collector.restart();
    const answered = (await Promise.all(posts)).filter((answer) => answer?.status === 201).length;
    expect(answered).toBeGreaterThan(0);
    const { body } = await collector.read("/v1/packets");
    expect(body.packets.length - 1).toBeGreaterThanOrEqual(answered);
  });

  it("does not serve what a registry entry no longer names", async () => {
    await collector.postAs(3, door, submission(packet(1), "white", attestor(3), { deployment: "beta" }));
    const other = variant(/deployment: "beta"/, 'deployment: "renamed"');
    await collector.running().stop();
    const renamed = await startCollector(other, { logger: quiet });
    const answer = await fetch(`http://127.0.0.1:${renamed.ports.public}/v1/packets?limit=100`);
    const { packets } = (await answer.json()) as { packets: { deployment: string }[] };
    expect(packets.length).toBeGreaterThan(0);
    expect(packets.map(({ deployment }) => deployment)).not.toContain("beta");
    await renamed.stop();
    await collector.restart();
    expect((await collector.read("/v1/packets?deployment=beta")).body.packets).toHaveLength(1);
  });

  it("lets a client in no more whose pin was taken out, and keeps what it handed in", async () => {
    const identity = await collector.pki.clientIdentity("client-2");
    await collector.postAs(2, door, submission(packet(60), "white", attestor(2)));
    const revoked = variant(identity.pin, `sha256/${"A".repeat(43)}=`);
    await collector.running().stop();
    const without = await startCollector(revoked, { logger: quiet });
    const ask = createPinnedClient({
      peer: "collector",
      baseUrl: `https://127.0.0.1:${without.ports.attestors}`,
      identity,
      pin: collector.pki.serverIdentity.pin,
      timeoutMs: 20_000,
    });
    const refused = await ask.request("POST", door, submission(packet(61), "white", attestor(2)));
    expect(refused).toMatchObject({ status: 403, body: { code: "client_refused" } });
    const kept = await fetch(`http://127.0.0.1:${without.ports.public}/v1/packets/${aleoChain}/${evmChain}/60`);
    expect(kept.status).toBe(200);
    ask.close();
    await without.stop();
    await collector.start();
  });

  it("refuses a database that another collector has open", async () => {
    await expect(startCollector(collector.configFile, { logger: quiet })).rejects.toMatchObject({
      code: "database_in_use",
    });
  });

  it.each(["listen", "public", "ops"] as const)(
    "names the setting of a port in use, and frees the rest: %s",
    async (setting) => {
      const { ports } = collector.running();
      const taken = setting === "listen" ? ports.attestors : ports[setting];
      const file = variant(
        `${setting}:\n  host: "127.0.0.1"\n  port: 0`,
        `${setting}:\n  host: "127.0.0.1"\n  port: ${taken}`,
      );
      writeFileSync(file, readFileSync(file, "utf8").replace("collector.sqlite", "second.sqlite"));
      for (let attempt = 0; attempt < 2; attempt += 1) {
        await expect(startCollector(file, { logger: quiet })).rejects.toMatchObject({
          code: "port_in_use",
          data: { setting },
        });
      }
    },
  );

  it("names the TLS file that is missing, before it touches the database", async () => {
    const file = variant(/certificate: ".*"/, 'certificate: "missing.crt"');
    await expect(startCollector(file, { logger: quiet })).rejects.toMatchObject({
      code: "config_invalid",
      data: { problems: [expect.stringMatching(/^tls\.certificate: .*missing\.crt cannot be read/)] },
    });
  });
});
