import { writeFileSync } from "node:fs";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { accountOfSeed } from "../../shared/aleo/index.ts";
import { digestScheme } from "../../shared/digest/index.ts";
import { parseJson, stringifyJson } from "../../shared/json/index.ts";
import { packetToWire, parsePacket } from "../../shared/packet/index.ts";
import { attestationSigner } from "../../shared/signature/index.ts";
import { createPinnedClient } from "../../shared/tls/index.ts";
import type { Custody } from "../../shared/wire/index.ts";
import { useAleoDestination } from "../chain/support/aleoWorld.ts";
import { startTestBridge, type TestBridge } from "../chain/support/bridge.ts";
import { type ChainWorld, createChainWorld } from "../chain/support/chainWorld.ts";
import { freePort } from "../chain/support/peers.ts";
import { until } from "../chain/support/until.ts";
import { startVerulinkDouble, type VerulinkDouble } from "../chain/support/verulinkDouble.ts";
import { sealKey, type TestSealedKey } from "../hsm/support/sealedKey.ts";
import { createHsmWorld } from "../signer/hsmWorld.ts";
import { type SignerProcess, startSignerProcess } from "../signer/signerProcess.ts";
import { aleoService, aleoUser } from "../support/aleo/nodes.ts";
import { startAttestor } from "../support/attestor.ts";
import { attestorHere } from "../support/attestorHere.ts";
import type { Settings, SignerWorld } from "../support/signerWorld.ts";
import { type SnarkVm, startSnarkVm } from "../support/snarkVm.ts";
import type { SoftHsm } from "../support/softhsm.ts";

const scheme = "verulink-aleo-schnorr";
const label: Custody = "sealed-software";
/** The other attestor of the bridge, whose seed is in this test's hands and whose signatures are snarkVM's. */
const colleagueSeed = Buffer.alloc(32, 7);
const colleague = accountOfSeed(colleagueSeed);

let snarkVm: SnarkVm;
let bridge: TestBridge;
let chain: ChainWorld;
let end: Awaited<ReturnType<typeof useAleoDestination>>;
let hsm: SoftHsm;
let signer: SignerWorld;
let sealed: TestSealedKey;
let database: VerulinkDouble;
let daemon: SignerProcess;
let collector: ReturnType<typeof startAttestor>;
const collectorPorts = { listen: 0, public: 0, ops: 0 };
let signerOps = 0;

const ours = () => sealed.spec.publicKey;

beforeAll(async () => {
  snarkVm = startSnarkVm();
  bridge = await startTestBridge([colleagueEvmAddress]);
  chain = await createChainWorld(bridge);
  end = await useAleoDestination(chain, bridge);
  const [route] = chain.settings.routes;
  const signerPort = await freePort();
  signerOps = await freePort();
  ({ world: signer } = await createHsmWorld({
    change(settings, token) {
      hsm = token;
      sealed = sealKey(token, "seal-to-two", "0005", { deployment: "local", destination: 2n });
      settings.keys[1] = { ...sealed.spec, name: "to-two", destination: 2 };
      Object.assign(settings.listen, { port: signerPort });
      Object.assign(settings.ops, { port: signerOps });
    },
    changePolicy(policy) {
      policy.clients = [{ ...policy.clients[0], schemes: ["verulink-evm", scheme] }];
      const source = { chainId: 1, family: "evm", tokenService: route.source.tokenService };
      const destination = { chainId: 2, family: "aleo", tokenService: aleoService };
      Object.assign(policy.routes[0], { source, destination, scheme });
    },
  }));
  daemon = startSignerProcess(signer.configFile, hsm.env);
  await Promise.all([daemon.ready(), startTheCollector(route.source.tokenService)]);
  database = await startVerulinkDouble(signer.pki, "/base");

  const { pin } = signer.pki.serverIdentity;
  Object.assign(chain.settings, {
    tls: (await signer.pki.clientIdentity("chain-a")).files,
    signer: { url: `https://127.0.0.1:${signerPort}`, pin, timeout: "30s" },
    collectors: [
      { name: "main", url: `https://127.0.0.1:${collectorPorts.listen}`, pin, timeout: "30s", poll: "100ms" },
      { name: "verulink", kind: "verulink", url: `${database.url}/base`, pin: database.pin, timeout: "30s" },
    ],
  });
  Object.assign(route, { scheme, attestor: ours() });
  chain.spawn();
  const runs = () => chain.log.some((line) => line.includes("the chain-service runs"));
  await until("the chain-service to run", runs);
  await until("the signer to be shown what it holds", async () => (await daemon.readiness()).ready);
}, 240_000);
afterAll(async () => {
  await chain?.close();
  await daemon?.end("SIGTERM");
  collector?.process.kill("SIGTERM");
  await collector?.done;
  await database?.close();
  await end?.aleo.close();
  await bridge?.close();
  await signer?.close();
  hsm?.remove();
});

/** Whoever attests on the bridge's EVM side plays no part here. */
const colleagueEvmAddress = "0xBd31ba048373A07bE0357B7Ad3182F4206c8064d";

async function startTheCollector(tokenService: string): Promise<void> {
  for (const port of ["listen", "public", "ops"] as const) collectorPorts[port] = await freePort();
  const at = (port: number) => ({ host: "127.0.0.1", port });
  const settings: Settings = {
    service: "collector",
    listen: at(collectorPorts.listen),
    public: { ...at(collectorPorts.public), rate: { perMinute: 100_000 } },
    ops: at(collectorPorts.ops),
    tls: signer.pki.serverIdentity.files,
    database: "collector.sqlite",
    clients: [
      { name: "ours", pins: [(await signer.pki.clientIdentity("chain-a")).pin], attestors: [ours()] },
      { name: "colleague", pins: [(await signer.pki.clientIdentity("colleague")).pin], attestors: [colleague.address] },
    ],
    registry: [
      {
        deployment: "local",
        source: { chainId: 1, family: "evm", tokenService },
        destination: { chainId: 2, family: "aleo", tokenService: aleoService, bridge: "bridge.aleo" },
        scheme,
        quorum: 2,
        attestors: [ours(), colleague.address],
      },
    ],
  };
  const file = path.join(signer.folder, "collector.yaml");
  writeFileSync(file, stringifyJson(settings, 2));
  collector = startAttestor(["collector", "--config", file]);
  const isUp = () =>
    fetch(`http://127.0.0.1:${collectorPorts.ops}/readyz`).then(
      ({ ok }) => ok,
      () => false,
    );
  await until("the collector", isUp);
}

interface Collected {
  readonly packet: unknown;
  readonly status: string;
  readonly attestations: readonly Readonly<Record<"signer" | "signature" | "digest" | "custody" | "scheme", string>>[];
  readonly call: { readonly function: string; readonly inputs: readonly string[] } | null;
}

const collected = async (sequence: bigint) => {
  const url = `http://127.0.0.1:${collectorPorts.public}/v1/packets/1/2/${sequence}?deployment=local`;
  const answer = await fetch(url);
  return (answer.status === 200 ? await answer.json() : undefined) as Collected | undefined;
};

/** Sends a packet on the EVM chain and waits until both collectors have acknowledged its attestation. */
async function delivered(amount: bigint): Promise<bigint> {
  const { sequence } = await end.transfer(aleoUser, amount);
  await until(
    `packet ${sequence} to be delivered`,
    async () => (await chain.packet(sequence).catch(() => undefined))?.state === "delivered",
  );
  return sequence;
}

describe("a packet from an EVM chain to Verulink's program on Aleo", () => {
  let sequence: bigint;
  let packet: ReturnType<typeof parsePacket>;
  let signature: string;
  let digest: string;

  beforeAll(async () => {
    sequence = await delivered(77n);
    const shown = await collected(sequence);
    packet = parsePacket(parseJson(stringifyJson(shown?.packet)));
    ({ digest } = digestScheme(scheme).digestOf(packet, "white"));
    signature = shown?.attestations[0]?.signature ?? "";
  });

  it("is attested by the sealed key over the digest that its program makes, as our code and snarkVM's both verify", async () => {
    expect(packet).toMatchObject({ sequence, message: { amount: 77n, receiverAddress: aleoUser } });
    const { attestations } = (await collected(sequence)) ?? {};
    expect(attestations).toMatchObject([
      { scheme, signer: ours(), digest, signature: expect.stringMatching(/^sign1/) },
    ]);
    expect(attestationSigner(signature, digest)).toBe(ours());
    expect(snarkVm.verifies(signature, ours(), digest)).toBe(true);
    expect(snarkVm.verifies(signature, ours(), digestScheme(scheme).digestOf(packet, "flagged").digest)).toBe(false);
  });

  it("is delivered to Verulink's database in Verulink's form", () => {
    expect(database.bodies).toHaveLength(2);
    expect(parseJson(database.bodies[0] ?? "")).toEqual(
      parseJson(
        stringifyJson({
          ...{ sourceChainId: "1", destChainId: "2", sequence: Number(sequence), signature, offChainAnalysis: true },
          ...{ attestorSigner: ours(), packetHash: digest },
        }),
      ),
    );
    expect(digest).toMatch(/^[0-9]+field$/);
  });

  it("has a call for Verulink's token service once another attestor, whose signature is snarkVM's, has signed", async () => {
    expect(await collected(sequence)).toMatchObject({ status: "collecting", call: null });
    const connection = createPinnedClient({
      peer: "collector",
      baseUrl: `https://127.0.0.1:${collectorPorts.listen}`,
      identity: await signer.pki.clientIdentity("colleague"),
      pin: signer.pki.serverIdentity.pin,
      timeoutMs: 20_000,
    });
    const verdict = { result: "white", source: "list", version: "1", screenedAt: "2026-11-26T12:00:00Z" };
    const answer = await connection.request("POST", "/v1/attestations", {
      ...{ deployment: "local", packet: packetToWire(packet), verdict, sources: "2-of-3", assurance: "claimed" },
      ...{ custody: label, signature: snarkVm.sign(colleagueSeed, digest) },
    });
    connection.close();
    expect(answer).toMatchObject({ status: 201 });
    const { status, call } = (await collected(sequence)) ?? {};
    expect({ status, name: call?.function }).toEqual({ status: "quorum", name: "token_receive" });
    expect(call?.inputs[6]).toContain(ours());
    expect(call?.inputs[7]).toContain(signature);
    for (const input of call?.inputs ?? []) expect(snarkVm.rewritten(input).replaceAll(/\s/g, "")).toBe(input);
  });
});

describe("the custody label", () => {
  it("shows in the config's check, readiness, keys, metrics, audit and every attestation", async () => {
    const sequence = await delivered(78n);
    const check = await attestorHere(["config", "check", signer.configFile, "--json"]);
    expect(JSON.parse(check.stdout)).toMatchObject({
      valid: true,
      custody: expect.stringContaining(`${label}: to-two`),
    });

    const ops = (where: string) => fetch(`http://127.0.0.1:${signerOps}${where}`);
    expect(await (await ops("/readyz")).json()).toEqual({ ready: true, reasons: [], custody: { [label]: ["to-two"] } });
    expect(await (await ops("/metrics")).text()).toContain(`signer_keys{custody="${label}"} 1`);

    const client = await signer.client("chain-a", await daemon.ready());
    const { keys } = (await client.request("GET", "/v1/keys")).body as { keys: readonly Record<string, string>[] };
    expect(keys.filter(({ custody }) => custody === label)).toMatchObject([{ name: "to-two", address: ours() }]);
    const read = await client.request("GET", `/v1/attestations/1/2/${sequence}`);
    expect(read.body).toMatchObject({ attestation: { signer: ours(), custody: label } });
    expect((await collected(sequence))?.attestations).toMatchObject([{ signer: ours(), custody: label }]);
    const olga = await signer.client(signer.operators[0]?.identity, await daemon.ready());
    expect((await olga.request("GET", "/v1/status")).body).toMatchObject({ custody: { [label]: ["to-two"] } });

    await daemon.end("SIGTERM"); // the audit chain is read where no signer runs
    const ledger = path.join(signer.folder, "ledger.sqlite");
    const { stdout } = await attestorHere(["audit", "explain", `1/2/${sequence}`, "--ledger", ledger, "--json"]);
    const { records } = JSON.parse(stdout) as { records: readonly { kind: string; body: object }[] };
    expect(records.filter(({ kind }) => kind === "release")).toMatchObject([
      { body: { signer: ours(), custody: label } },
    ]);
  });
});
