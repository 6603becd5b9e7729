import { readFileSync, renameSync, writeFileSync } from "node:fs";
import path from "node:path";
import { afterAll, beforeAll, expect, onTestFinished, test } from "vitest";
import { compileSources } from "../../../contracts/solidityCompiler.ts";
import { type ContractUnderTest, deploy } from "../../contracts/contractUnderTest.ts";
import { lies } from "../../support/lyingProvider.ts";
import { makeFinal, someReceiver } from "../support/bridge.ts";
import { useProviders } from "../support/providers.ts";
import type { Lie } from "../support/rpcProxy.ts";
import { until } from "../support/until.ts";
import { useWorld } from "../support/useWorld.ts";
import { apiKey, type LookupDouble, startLookupDouble } from "./lookupDouble.ts";

const scene = useWorld();
let service: LookupDouble;
beforeAll(async () => {
  service = await startLookupDouble();
});
afterAll(() => service.close());

async function deployOracle(): Promise<ContractUnderTest> {
  const { bridge } = scene;
  const source = readFileSync(path.join(import.meta.dirname, "solidity/SanctionsOracle.sol"), "utf8");
  const { SanctionsOracle } = await compileSources({ "SanctionsOracle.sol": source });
  if (!SanctionsOracle) throw new Error("SanctionsOracle.sol lacks its contract");
  const oracle = await deploy(SanctionsOracle, bridge.destination.account(5));
  await makeFinal(bridge.destination);
  return oracle;
}

async function send(): Promise<bigint> {
  const { sequence } = await scene.bridge.transfer();
  await makeFinal(scene.bridge.source);
  return sequence;
}

const waits = (sequence: bigint) =>
  until(
    "the packet to wait",
    async () => (await scene.world.packet(sequence))?.reason?.code === "screening_cannot_tell",
  );

test("a running service asks the list, the HTTP service and the oracle, and waits for each of them", async () => {
  const { world, bridge } = scene;
  const oracle = await deployOracle();
  const keyFile = path.join(path.dirname(world.listFile), "api-key");
  writeFileSync(keyFile, apiKey, { mode: 0o600 });
  world.settings.screening.push(
    { kind: "chainalysis-api", name: "service", url: service.url, apiKeyFile: "api-key", timeout: "30s" },
    { kind: "oracle", name: "oracle", chain: "beta", contract: oracle.address },
  );
  service.misbehave = (_incoming, outgoing) => void outgoing.writeHead(500).end();
  await world.start();
  const first = await send();
  await waits(first);
  await world.complains(/^screening: the screening service service can't be used: HTTP 500/);
  expect(await world.metrics()).toContain('attestor_chain_screening_up{source="service"} 0');
  service.misbehave = undefined;
  const white = await world.reaches(first, "delivered");
  expect(white.verdict).toMatchObject({ result: "white", source: "test-list+service+oracle" });
  expect(white.findings).toMatchObject([{ version: "2026-01" }, { source: "service" }, { source: "oracle" }]);

  await oracle.send(bridge.destination.account(5), "add", someReceiver);
  await makeFinal(bridge.destination);
  const flagged = await world.reaches(await send(), "delivered");
  expect(flagged.verdict).toMatchObject({ result: "flagged" });
  expect(flagged.findings).toMatchObject([{ result: "white" }, { result: "white" }, { result: "flagged" }]);
  expect(world.everythingWritten()).not.toContain(apiKey);
});

test("the oracle is believed by quorum only: one liar whitens nobody, and below the quorum packets wait", async () => {
  const { world, bridge } = scene;
  const oracle = await deployOracle();
  await oracle.send(bridge.destination.account(5), "add", someReceiver);
  await makeFinal(bridge.destination);
  const providers = await useProviders(world, bridge.destination, 3, "destination");
  onTestFinished(async () => {
    await world.stop();
    await Promise.all(providers.map((provider) => provider.down()));
  });
  world.settings.screening = [{ kind: "oracle", name: "oracle", chain: "beta", contract: oracle.address }];
  const whiten: Lie = async ({ method, params }) =>
    method === "eth_call" && JSON.stringify(params[0]).toLowerCase().includes(oracle.address.toLowerCase())
      ? { result: `0x${"0".repeat(64)}` }
      : undefined;
  const [first, second] = providers;
  if (!first || !second) throw new Error("there are no providers");
  first.lie = whiten;
  await world.start();
  expect((await world.reaches(await send(), "delivered")).verdict).toMatchObject({ result: "flagged" });

  second.lie = async (request, honest) =>
    request.method === "eth_call" ? lies["has no state"]?.(request, honest) : undefined;
  const sequence = await send();
  await waits(sequence);
  expect(await world.packet(sequence)).toMatchObject({ state: "due", verdict: null });
  expect(world.signer.requests).toHaveLength(1);
  second.lie = undefined;
  expect((await world.reaches(sequence, "delivered")).verdict).toMatchObject({ result: "flagged" });
});

test("a list that is replaced counts from the next packet on, by its own version; a verdict that was given stays", async () => {
  const { world } = scene;
  await world.start();
  world.signer.reply = () => ({ status: 503 });
  const before = await send();
  await until("the verdict", async () => (await world.packet(before))?.verdict ?? undefined);
  writeFileSync(`${world.listFile}.new`, `# version: 2026-02\n${someReceiver}\n`);
  renameSync(`${world.listFile}.new`, world.listFile);
  const after = await send();
  await until("the next verdict", async () => (await world.packet(after))?.verdict ?? undefined);
  world.signer.reply = undefined;
  const hash = expect.stringMatching(/^[0-9a-f]{64}$/);
  expect(await world.reaches(before, "delivered")).toMatchObject({
    verdict: { result: "white", version: "2026-01" },
    attestation: { verdict: { result: "white" } },
    findings: [{ source: "test-list", version: "2026-01", hash }],
  });
  expect(await world.reaches(after, "delivered")).toMatchObject({
    verdict: { result: "flagged", version: "2026-02" },
    findings: [{ source: "test-list", version: "2026-02", hash }],
  });
});
