import { readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { compileSources } from "../../../contracts/solidityCompiler.ts";
import { deploy } from "../../contracts/contractUnderTest.ts";
import { makeFinal, someReceiver } from "../support/bridge.ts";
import { until } from "../support/until.ts";
import { useWorld } from "../support/useWorld.ts";
import { apiKey, type LookupDouble, startLookupDouble } from "./lookupDouble.ts";

const scene = useWorld();
let service: LookupDouble;
beforeAll(async () => {
  service = await startLookupDouble();
});
afterAll(() => service.close());

test("a running service asks the list, the HTTP service and the oracle, and waits for each of them", async () => {
  const { world, bridge } = scene;
  const source = readFileSync(path.join(import.meta.dirname, "solidity/SanctionsOracle.sol"), "utf8");
  const { SanctionsOracle } = await compileSources({ "SanctionsOracle.sol": source });
  if (!SanctionsOracle) throw new Error("SanctionsOracle.sol lacks its contract");
  const oracle = await deploy(SanctionsOracle, bridge.destination.account(5));
  await makeFinal(bridge.destination);
  const keyFile = path.join(path.dirname(world.listFile), "api-key");
  writeFileSync(keyFile, apiKey);
  world.settings.screening.push(
    { kind: "chainalysis-api", name: "service", url: service.url, apiKeyFile: "api-key", timeout: "1s" },
    { kind: "oracle", name: "oracle", chain: "beta", contract: oracle.address },
  );
  const send = async () => {
    const { sequence } = await bridge.transfer();
    await makeFinal(bridge.source);
    return sequence;
  };
  service.misbehave = (_incoming, outgoing) => void outgoing.writeHead(500).end();
  await world.start();
  const first = await send();
  await until("the packet to wait", async () => (await world.packet(first))?.reason?.code === "screening_cannot_tell");
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
