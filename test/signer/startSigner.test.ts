import { X509Certificate } from "node:crypto";
import { once } from "node:events";
import { readFileSync, rmSync } from "node:fs";
import { type AddressInfo, connect, createServer, type Server } from "node:net";
import path from "node:path";
import { text } from "node:stream/consumers";
import { connect as connectTls } from "node:tls";
import { describe, expect, it, onTestFinished } from "vitest";
import { issueCertificate } from "../../certs/index.ts";
import { systemClock } from "../../shared/clock/index.ts";
import { AttestorError } from "../../shared/errors/index.ts";
import { attestationToWire } from "../../shared/wire/index.ts";
import { freePort } from "../support/freePort.ts";
import { createSignerWorld, type SignerWorld, type SignerWorldOptions } from "../support/signerWorld.ts";
import { type TestKeeper, testKeeper } from "../support/testKeeper.ts";
import { openLedger } from "./ledger/temporaryLedger.ts";
import { sampleRequest } from "./samples.ts";

async function newWorld(options?: SignerWorldOptions): Promise<SignerWorld> {
  const world = await createSignerWorld(options);
  onTestFinished(() => world.close());
  return world;
}

function listening(): Promise<Server> {
  const server = createServer();
  onTestFinished(() => void server.close());
  return new Promise((resolve) => server.listen(0, "127.0.0.1", () => resolve(server)));
}

const portOf = (server: Server) => (server.address() as AddressInfo).port;

/** Whether anyone listens there. */
function answers(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, "127.0.0.1", () => {
      socket.destroy();
      resolve(true);
    });
    socket.on("error", () => resolve(false));
  });
}

/** Opens and closes the ledger, which one process at a time can do. */
function expectLedgerFree(world: SignerWorld): void {
  openLedger(path.join(world.folder, "ledger.sqlite")).state.close();
}

async function readiness(world: SignerWorld) {
  const response = await world.ops("/readyz");
  return { status: response.status, body: await response.json() };
}

function post(world: SignerWorld, request = sampleRequest()) {
  return world.client().then((client) => client.request("POST", "/v1/attestations", attestationToWire(request)));
}

/** Has the keeper wait until it is let go. */
function holdBack(keeper: TestKeeper) {
  const asked = Promise.withResolvers<void>();
  const letGo = Promise.withResolvers<void>();
  keeper.misbehave(async (signed) => {
    asked.resolve();
    await letGo.promise;
    return signed;
  });
  return { asked: asked.promise, letGo: letGo.resolve };
}

describe("a signer that started", () => {
  it("is alive, ready and measured", async () => {
    const world = await newWorld();
    await world.start();
    expect(await (await world.ops("/livez")).json()).toEqual({ live: true });
    expect(await readiness(world)).toEqual({ status: 200, body: { ready: true, reasons: [] } });
    await post(world);
    const metrics = await (await world.ops("/metrics")).text();
    for (const line of [
      'signer_attestations_total{outcome="approved",rule="keeper"} 1',
      'signer_attestation_duration_seconds_count{outcome="approved"} 1',
      'signer_keeper_duration_seconds_count{result="signed"} 1',
      "signer_keeper_up 1",
      "signer_keeper_restarts 0",
      'signer_ledger_rows{state="signing"} 0',
      'signer_ledger_rows{state="signed"} 1',
    ]) {
      expect(metrics).toContain(line);
    }
    expect(metrics).toMatch(/^signer_certificate_expiry_timestamp_seconds [1-9]/m);
    const families = [...metrics.matchAll(/^# HELP \w+ (.*)$/gm)].map(([, help]) => help);
    expect(families.length).toBeGreaterThan(5);
    for (const help of families) expect(help).toMatch(/xpected/);
  });

  it("serves requests on one port and probes on the other, and nothing else there", async () => {
    const world = await newWorld();
    await world.start();
    expect((await world.ops("/v1/keys")).status).toBe(404);
    expect((await (await world.client()).request("GET", "/readyz")).status).toBe(404);
  });

  it("is not ready while its keeper is down, and says why", async () => {
    const world = await newWorld();
    await world.start();
    world.keeper.setStatus({ up: false, reason: "being rebuilt", restarts: 1 });
    expect(await readiness(world)).toEqual({
      status: 503,
      body: { ready: false, reasons: ["the keeper is down: being rebuilt"] },
    });
    expect(await (await world.ops("/metrics")).text()).toContain("signer_keeper_up 0");
    world.keeper.setStatus({ up: true, restarts: 1 });
    expect((await readiness(world)).status).toBe(200);
  });

  it("signs nothing and is not ready while less than 512 MiB of disk are free", async () => {
    let free = 512 * 1024 ** 2 - 1;
    const world = await newWorld({ freeBytes: () => free });
    await world.start();
    const lack = "only 511 MiB of disk are free where the ledger is, and 512 are needed";
    expect(await readiness(world)).toEqual({ status: 503, body: { ready: false, reasons: [lack] } });
    expect(await post(world)).toMatchObject({ status: 503, body: { outcome: "failed", data: { reason: lack } } });
    expect(world.keeper.digests).toEqual([]);
    free += 1;
    expect((await readiness(world)).status).toBe(200);
    expect((await post(world)).status).toBe(200);
  });

  it("shows a renewed certificate to new connections without a restart", async () => {
    const sleep = (milliseconds: number, signal?: AbortSignal) => systemClock.sleep(Math.min(milliseconds, 20), signal);
    const world = await newWorld({ clocks: { clock: { ...systemClock, sleep } } });
    await world.start();
    const { authority, folder } = world.pki.files;
    const hosts = ["127.0.0.1"];
    const request = { authority, folder, role: "server", commonName: "server", hosts, days: 9, renew: true } as const;
    const renewed = readFileSync((await issueCertificate(request)).certificateFile);
    const { certificate: cert, key, peerAuthority: ca } = await world.pki.clientIdentity("chain-a");
    const shown = () =>
      new Promise((resolve, reject) => {
        const socket = connectTls({ host: "127.0.0.1", port: world.signer.ports.listen, cert, key, ca });
        socket.once("error", reject).once("secureConnect", () => {
          resolve(socket.getPeerCertificate().serialNumber);
          socket.destroy();
        });
      });
    await expect.poll(shown, { timeout: 30_000 }).toBe(new X509Certificate(renewed).serialNumber);
    expect((await post(world)).status).toBe(200);
  });

  it("remembers across restarts what it released", async () => {
    const world = await newWorld();
    await world.start();
    const first = await post(world);
    await world.start();
    expect(await post(world)).toEqual(first);
    expect(world.keeper.digests).toEqual([]);
    const other = await post(world, sampleRequest({ height: 9n }));
    expect(other).toMatchObject({ status: 403, body: { code: "equivocation" } });
  });
});

describe("a signer that cannot start", () => {
  it("refuses a missing ledger, says what to do where it is lost and where it never was, and creates none", async () => {
    const world = await newWorld();
    const ledger = path.join(world.folder, "ledger.sqlite");
    rmSync(ledger);
    const refusal = `${ledger} does not exist. If it was there before, do not create another: docs/restore.md. Create it once, when the keys are new: attestor ledger init --config ${world.configFile}`;
    await expect(world.start()).rejects.toMatchObject({ code: "database_missing", message: refusal });
    await expect(world.start()).rejects.toMatchObject({ code: "database_missing" });
  });

  it("refuses a ledger that another signer uses", async () => {
    const world = await newWorld();
    await world.start();
    const second = await newWorld({
      change: (settings) => Object.assign(settings, { ledger: path.join(world.folder, "ledger.sqlite") }),
    });
    await expect(second.start()).rejects.toMatchObject({ code: "database_in_use" });
    expect((await post(world)).status).toBe(200);
  });

  it.each(["listen", "ops"])("names %s.port when the port is in use, and leaves nothing behind", async (setting) => {
    const taken = await listening();
    const closed: boolean[] = [];
    const world = await newWorld({
      change: (settings) => Object.assign(settings[setting], { port: portOf(taken) }),
      startKeeper: async ({ keys }) => ({
        ...testKeeper(keys, {}),
        close: async () => void closed.push(true),
      }),
    });
    await expect(world.start()).rejects.toMatchObject({
      code: "port_in_use",
      data: { address: `127.0.0.1:${portOf(taken)}`, setting: `${setting}.port` },
    });
    expectLedgerFree(world);
    expect(closed).toEqual(setting === "listen" ? [true] : []);
  });

  it.each<[string, (keeper: TestKeeper) => Partial<TestKeeper>, string]>([
    [
      "does not prove itself",
      () => ({ prove: () => Promise.reject(new AttestorError("wrong_signature", { key: "to-one" })) }),
      "wrong_signature",
    ],
    ["is not held by the keeper", (keeper) => ({ keys: () => keeper.keys().slice(1) }), "key_missing"],
  ])("refuses a key that %s, and leaves nothing behind", async (_what, spoil, code) => {
    const port = await freePort();
    const closed: boolean[] = [];
    const world = await newWorld({
      change: (settings) => Object.assign(settings.ops, { port }),
      startKeeper: async ({ keys }) => {
        const keeper = testKeeper(keys, {});
        return { ...keeper, ...spoil(keeper), close: async () => void closed.push(true) };
      },
    });
    await expect(world.start()).rejects.toMatchObject({ code });
    expectLedgerFree(world);
    expect(closed).toEqual([true]);
    expect(await answers(port)).toBe(false);
  });

  it("passes on what the keeper's own start met, and leaves nothing behind", async () => {
    const world = await newWorld({
      startKeeper: () => Promise.reject(new AttestorError("pin_rejected", { token: "t" })),
    });
    await expect(world.start()).rejects.toMatchObject({ code: "pin_rejected" });
    expectLedgerFree(world);
  });

  it("is alive and not ready meanwhile", async () => {
    const port = await freePort();
    const seen: unknown[] = [];
    const world = await newWorld({
      change: (settings) => Object.assign(settings.ops, { port }),
      startKeeper: async ({ keys }) => {
        const live = await fetch(`http://127.0.0.1:${port}/livez`);
        const ready = await fetch(`http://127.0.0.1:${port}/readyz`);
        seen.push(live.status, ready.status, await ready.json());
        return testKeeper(keys, { "to-one": 1, "to-two": 2 });
      },
    });
    await world.start();
    expect(seen).toEqual([200, 503, { ready: false, reasons: ["starting"] }]);
  });
});

describe("a signer that stops", () => {
  it("finishes the requests in progress, refuses new ones, and then closes", async () => {
    const world = await newWorld();
    const signer = await world.start();
    const client = await world.client("chain-b"); // keeps its connection
    expect((await client.request("GET", "/v1/keys")).status).toBe(200);
    const { asked, letGo } = holdBack(world.keeper);
    const inProgress = post(world);
    await asked;

    const stopped = signer.stop();
    expect(await readiness(world)).toEqual({ status: 503, body: { ready: false, reasons: ["stopping"] } });
    await expect(client.request("GET", "/v1/keys")).rejects.toMatchObject({ code: "peer_unreachable" });
    letGo();
    expect(await inProgress).toMatchObject({ status: 200, body: { outcome: "approved" } });
    await stopped;
    await signer.ended;
    expectLedgerFree(world);
    expect(await answers(signer.ports.ops)).toBe(false);
    expect(await answers(signer.ports.listen)).toBe(false);
  });

  it("answers 503 to a request that was on its way when the stop came", async () => {
    const world = await newWorld();
    const signer = await world.start();
    const { certificate: cert, key, peerAuthority: ca } = await world.pki.clientIdentity("chain-a");
    const socket = connectTls({ host: "127.0.0.1", port: signer.ports.listen, cert, key, ca });
    await once(socket, "secureConnect");
    socket.write("GET /v1/keys HTTP/1.1\r\n");
    const { asked, letGo } = holdBack(world.keeper);
    const inProgress = post(world); // by the time that this one is asked for, the other one has begun
    await asked;
    const stopped = signer.stop();
    socket.write("host: signer\r\n\r\n");
    const answer = (await text(socket)).toLowerCase();
    expect(answer).toMatch(/^http\/1.1 503 service unavailable/);
    expect(answer).toContain("retry-after: 5");
    expect(answer).toContain("connection: close");
    expect(answer).toContain('"code":"overloaded"');
    letGo();
    expect((await inProgress).status).toBe(200);
    await stopped;
  });

  it("finishes what a client asked for that has gone away since", async () => {
    const world = await newWorld();
    const signer = await world.start();
    const { asked, letGo } = holdBack(world.keeper);
    const client = await world.client();
    const gone = client.request("POST", "/v1/attestations", attestationToWire(sampleRequest()));
    await asked;
    client.close();
    await expect(gone).rejects.toMatchObject({ code: "peer_unreachable" });
    const stopped = signer.stop();
    letGo();
    await stopped;
    const ledger = openLedger(path.join(world.folder, "ledger.sqlite"));
    onTestFinished(() => ledger.state.close());
    expect(ledger.rows()).toEqual({ signing: 0, signed: 1 });
  });
});
