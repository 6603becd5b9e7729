import { writeFileSync } from "node:fs";
import path from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { type RunningCollector, startCollector } from "../../collector/index.ts";
import { parseJson, stringifyJson } from "../../shared/json/index.ts";
import { createLogger } from "../../shared/log/index.ts";
import { parsePacket } from "../../shared/packet/index.ts";
import { createPinnedClient } from "../../shared/tls/index.ts";
import { makeFinal, startTestBridge, type TestBridge } from "../chain/support/bridge.ts";
import { type ChainWorld, createChainWorld } from "../chain/support/chainWorld.ts";
import { freePort } from "../chain/support/peers.ts";
import { until } from "../chain/support/until.ts";
import { attestor, submission } from "../collector/attestors.ts";
import type { AnswerBody } from "../collector/collectorUnderTest.ts";
import { createHsmWorld } from "../signer/hsmWorld.ts";
import { applyPolicy } from "../support/applyPolicy.ts";
import type { Settings, SignerWorld } from "../support/signerWorld.ts";
import type { SoftHsm } from "../support/softhsm.ts";

/** The other attestor of the bridge, whose key is in this test's hands. */
const colleague = attestor(0);
/** The first sequence of the successor. */
const line = 5n;
const slowAmount = 1_000n;

let hsm: SoftHsm;
let signer: SignerWorld;
let bridge: TestBridge;
let chain: ChainWorld;
let collector: RunningCollector;
let collectorSettings: Settings;

const addressOf = (label: string) => hsm.keys.find((key) => key.label === label)?.address ?? "";
const oldKey = () => addressOf("to-two");
const newKey = () => addressOf("to-two-b");
const silent = createLogger({ service: "collector", level: "error" }, { write: () => {} });
const collectorFile = () => path.join(signer.folder, "collector.yaml");

/** A bridge whose destination knows both keys of one attestor and one of another; two of the three are its quorum. */
beforeAll(async () => {
  const signerPort = await freePort();
  ({ world: signer } = await createHsmWorld({
    successor: { label: "to-two-b", id: "000b" },
    change: (settings, token) => {
      hsm = token;
      settings.listen.port = signerPort;
    },
    async changePolicy(policy) {
      bridge = await startTestBridge([oldKey(), newKey(), colleague.address], [], 2);
      const [one, two] = bridge.sides.map(({ chainId, tokenService }) => ({
        ...{ chainId: Number(chainId), family: "evm", tokenService },
      }));
      Object.assign(policy.routes[0], { source: one, destination: two });
      Object.assign(policy.routes[1], { source: two, destination: one });
    },
  }));
  await signer.start(["chain-a"]);
  const chainIdentity = await signer.pki.clientIdentity("chain-a");
  const other = await signer.pki.clientIdentity("colleague");
  const anywhere = { host: "127.0.0.1", port: 0 };
  const [one, two] = bridge.sides;
  collectorSettings = {
    service: "collector",
    listen: { ...anywhere, port: await freePort() },
    public: { ...anywhere, rate: { perMinute: 100_000 } },
    ops: anywhere,
    tls: signer.pki.serverIdentity.files,
    database: "collector.sqlite",
    clients: [
      { name: "ours", pins: [chainIdentity.pin], attestors: [oldKey()] },
      { name: "colleague", pins: [other.pin], attestors: [colleague.address] },
    ],
    registry: [
      {
        deployment: "local",
        source: { chainId: 1, family: "evm", tokenService: one.tokenService },
        destination: { chainId: 2, family: "evm", tokenService: two.tokenService, bridge: two.bridge },
        scheme: "verulink-evm",
        quorum: 2,
        attestors: [oldKey(), colleague.address],
      },
    ],
  };
  await startTheCollector();
  chain = await createChainWorld(bridge);
  const { pin } = signer.pki.serverIdentity;
  Object.assign(chain.settings, {
    tls: chainIdentity.files,
    signer: { url: `https://127.0.0.1:${signerPort}`, pin, timeout: "30s" },
    collectors: [
      { name: "main", url: `https://127.0.0.1:${collectorSettings.listen.port}`, pin, timeout: "30s", poll: "100ms" },
    ],
  });
  Object.assign(chain.settings.routes[0], {
    attestor: oldKey(),
    wait: "1h",
    instant: { wait: "0s", tokens: [{ token: two.token, maximumAmount: Number(slowAmount) - 1 }] },
  });
  await chain.start();
});
afterAll(async () => {
  await chain?.close();
  await collector?.stop();
  await bridge?.close();
  await signer?.close();
  hsm?.remove();
});

async function startTheCollector(): Promise<void> {
  await collector?.stop();
  writeFileSync(collectorFile(), stringifyJson(collectorSettings, 2));
  collector = await startCollector(collectorFile(), { logger: silent });
}

async function send(amount = 10n): Promise<bigint> {
  const { sequence } = await bridge.transfer({ amount });
  await makeFinal(bridge.source);
  return sequence;
}

const collected = async (sequence: bigint) => {
  const answer = await fetch(`http://127.0.0.1:${collector.ports.public}/v1/packets/1/2/${sequence}?deployment=local`);
  return (answer.status === 200 ? await answer.json() : undefined) as AnswerBody | undefined;
};

/** Waits until our attestation is with the collector. @returns who signed it. */
function attested(sequence: bigint): Promise<string> {
  return until(`packet ${sequence} to be attested`, async () => {
    await makeFinal(bridge.source);
    return (await collected(sequence))?.attestations[0]?.signer;
  });
}

/** Hands in the colleague's vote and sends the call that the collector then gives out. */
async function execute(sequence: bigint): Promise<void> {
  const body = await collected(sequence);
  if (!body) throw new Error(`packet ${sequence} is not there`);
  const packet = parsePacket(parseJson(stringifyJson(body.packet)));
  const connection = createPinnedClient({
    peer: "collector",
    baseUrl: `https://127.0.0.1:${collector.ports.attestors}`,
    identity: await signer.pki.clientIdentity("colleague"),
    pin: signer.pki.serverIdentity.pin,
    timeoutMs: 20_000,
  });
  await connection.request("POST", "/v1/attestations", submission(packet, "white", colleague, { deployment: "local" }));
  connection.close();
  const { call, quorum } = (await collected(sequence)) as AnswerBody;
  expect(quorum).toMatchObject({ required: 2, white: 2 });
  const transaction = { to: call.to, data: call.data, gasLimit: 1_000_000n };
  const sent = await bridge.destination.account(3).sendTransaction(transaction);
  expect((await sent.wait())?.status).toBe(1);
}

/** Gives the key a successor in the signer, its policy, the chain-service and the collector, in the order of the docs. */
async function rotate(): Promise<void> {
  const successor = hsm.keys.find(({ label }) => label === "to-two-b");
  const [toOne, toTwo, audit] = signer.settings.keys;
  const added = { ...toTwo, name: "to-two-b", uri: successor?.uri, publicKey: successor?.publicKey };
  const keys = [toOne, toTwo, { ...added, succeeds: "to-two" }, audit];
  writeFileSync(signer.configFile, stringifyJson({ ...signer.settings, keys }, 2));
  await signer.start(["chain-a"]);

  const activation = { attestor: newKey(), fromSequence: Number(line) };
  collectorSettings.registry[0].successors = [{ ...activation, succeeds: oldKey() }];
  collectorSettings.clients[0].attestors.push(newKey());
  await startTheCollector();
  chain.settings.routes[0].successors = [activation];
  await chain.start();
  await applyPolicy(signer, (policy) => {
    policy.routes[0].successors = [{ key: "to-two-b", fromSequence: Number(line) }];
  });
}

it("hands a route over from one HSM key to another while packets come, and misses none", async () => {
  for (const expected of [1n, 2n]) expect(await send()).toBe(expected);
  expect([await attested(1n), await attested(2n)]).toEqual([oldKey(), oldKey()]);

  const rotated = rotate();
  expect(await send()).toBe(3n);
  await rotated;
  await chain.becomesReady();
  expect(await send(slowAmount), "one that waits longer than those after it").toBe(4n);
  for (const expected of [5n, 6n]) expect(await send()).toBe(expected);

  expect([await attested(5n), await attested(6n)]).toEqual([newKey(), newKey()]);
  expect(await collected(4n), "not due before the successor has begun").toBeUndefined();
  Object.assign(chain.settings.routes[0], { wait: "0s", instant: undefined });
  await chain.start();
  expect([await attested(3n), await attested(4n)]).toEqual([oldKey(), oldKey()]);

  for (const sequence of [1n, 2n, 3n, 4n, 5n, 6n]) await execute(sequence);
  expect(await chain.ready()).toEqual({ ready: true, reasons: [] });
  expect(chain.log.filter((entry) => entry.includes('"alarm":true'))).toEqual([]);
});
