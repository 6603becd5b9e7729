import type { ChildProcess } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { until } from "../../cli/up/until.ts";
import type { PostgresSettings } from "../../collector/store/index.ts";
import { createPinnedClient, type PinnedClient } from "../../shared/tls/index.ts";
import { startAttestor } from "../support/attestor.ts";
import { freePort } from "../support/freePort.ts";
import { type Postgres, startPostgres } from "../support/postgres.ts";
import { attestor, submission } from "./attestors.ts";
import { type CollectorUnderTest, clientName, startCollectorUnderTest } from "./collectorUnderTest.ts";
import { aleoChain, evmChain, packet } from "./packets.ts";

/** Two collector processes on one PostgreSQL: one in this process, one in its own. */
let server: Postgres;
let settings: PostgresSettings;
let one: CollectorUnderTest;
let two: { process: ChildProcess; public: string; ops: string; as(by: number): Promise<PinnedClient> };

beforeAll(async () => {
  server = await startPostgres();
  settings = await server.newDatabase();
  const { host, database, user } = settings;
  one = await startCollectorUnderTest(undefined, { database: { postgresql: { host, database, user } } });
  two = await startSecond();
});
afterAll(async () => {
  two?.process.kill("SIGKILL");
  await one?.close();
  await server?.close();
});

async function startSecond(): Promise<typeof two> {
  const ports = await Promise.all([freePort(), freePort(), freePort()]);
  const file = path.join(one.folder, "second.yaml");
  const waiting = [...ports];
  writeFileSync(
    file,
    readFileSync(one.configFile, "utf8").replaceAll("port: 0", () => `port: ${waiting.shift()}`),
  );
  const { process: child, printed } = startAttestor(["collector", "--config", file]);
  const [listen, reading, ops] = ports.map((port) => `127.0.0.1:${port}`);
  const isReady = () =>
    fetch(`http://${ops}/readyz`).then(
      ({ ok }) => ok,
      () => false,
    );
  if (!(await until(isReady, 30_000))) throw new Error(`the second collector is not ready: ${printed()}`);
  return {
    process: child,
    public: `http://${reading}`,
    ops: `http://${ops}`,
    async as(by) {
      const identity = await one.pki.clientIdentity(clientName(by));
      const pin = one.pki.serverIdentity.pin;
      return createPinnedClient({ peer: "collector", baseUrl: `https://${listen}`, identity, pin, timeoutMs: 20_000 });
    },
  };
}

const pathOf = (sequence: number) => `/v1/packets/${aleoChain}/${evmChain}/${sequence}?deployment=alpha`;

describe("two collectors on one PostgreSQL database", () => {
  it("are one store to attestors and readers, whichever of them they ask", async () => {
    const client = await two.as(0);
    const body = submission(packet(1), "white", attestor(0));
    expect(await client.request("POST", "/v1/attestations", body)).toMatchObject({ status: 201 });
    expect(await one.postAs(0, "/v1/attestations", body)).toMatchObject({ status: 200 });
    const mine = await one.send(await one.pki.clientIdentity(clientName(0)), { path: "/v1/store" });
    expect((await client.request("GET", "/v1/store")).body).toEqual(mine.body);
    const theirs = (await (await fetch(`${two.public}${pathOf(1)}`)).json()) as object;
    expect((await one.read(pathOf(1))).body).toEqual(theirs);
    client.close();
  });

  it("keep every statement once under concurrent writes at both doors", async () => {
    const clients = await Promise.all([0, 1, 2].map((by) => two.as(by)));
    const sequences = Array.from({ length: 12 }, (_, n) => n + 100);
    const answers = await Promise.all(
      sequences.flatMap((sequence) =>
        [0, 1, 2].flatMap((by) => {
          const body = submission(packet(sequence), "white", attestor(by));
          return [
            one.postAs(by, "/v1/attestations", body).then(({ status }) => status),
            clients[by]?.request("POST", "/v1/attestations", body).then(({ status }) => status),
          ];
        }),
      ),
    );
    expect(answers.filter((status) => status === 201)).toHaveLength(36);
    expect(answers.filter((status) => status === 200)).toHaveLength(36);
    for (const sequence of sequences) {
      const { status, attestations } = (await one.read(pathOf(sequence))).body;
      expect([status, attestations.length]).toEqual(["quorum", 3]);
    }
    for (const client of clients) client.close();
  });

  it("tell followers of one what was handed in at the other", async () => {
    const leave = new AbortController();
    const stream = await fetch(`${two.public}/v1/events`, { signal: leave.signal });
    const reader = stream.body?.pipeThrough(new TextDecoderStream()).getReader();
    await one.postAs(0, "/v1/attestations", submission(packet(200), "white", attestor(0)));
    let text = "";
    while (!text.includes('"sequence":"200"')) text += (await reader?.read())?.value ?? "";
    leave.abort();
  });

  it("say that the database is gone, refuse what they cannot keep, and go on when it is back", async () => {
    await server.kill();
    const body = submission(packet(300), "white", attestor(0));
    const refused = await one.postAs(0, "/v1/attestations", body);
    expect(refused).toMatchObject({ status: 503, type: "application/problem+json", body: { code: "failed" } });
    expect(refused.body.detail).not.toContain(settings.host);
    const { status, text } = await one.ops("/readyz");
    expect([status, text]).toEqual([503, expect.stringContaining("the database cannot be used")]);
    expect((await one.ops("/metrics")).text).toContain("attestor_collector_store_up 0");
    await server.start();
    await expect
      .poll(async () => (await one.postAs(0, "/v1/attestations", body)).status, { timeout: 30_000 })
      .toBe(201);
    expect((await one.ops("/readyz")).status).toBe(200);
    await expect.poll(async () => (await fetch(`${two.public}${pathOf(300)}`)).status, { timeout: 30_000 }).toBe(200);
  });
});
