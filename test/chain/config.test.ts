import { readFileSync } from "node:fs";
import path from "node:path";
import { describe, expect, test } from "vitest";
import { chainConfig } from "../../chain/index.ts";
import { quorumOf, sourcesOf } from "../../chain/providers.ts";
import { routesOf } from "../../chain/route.ts";
import { parseList } from "../../chain/screening/parseList.ts";
import { loadConfig } from "../../shared/config/index.ts";
import { addresses, problemsWith, type Settings, sampleFile, samples, written } from "./support/sampleConfig.ts";

describe("the annotated sample", () => {
  test("loads, with the defaults that its comments state", () => {
    const config = loadConfig(sampleFile, chainConfig);
    expect(config.chains[1]).toMatchObject({
      finality: "finalized",
      depth: 0,
      pollInterval: 4_000,
      timeout: 10_000,
      maximumRange: 1_000,
    });
    expect(config.chains[0]).toMatchObject({ chainId: 27234042785n, evmChainId: 1n });
    expect(config.stateFolder).toBe("/var/lib/attestor-chain");
    expect(config.screening).toMatchObject([
      { kind: "list", list: path.join(samples, "screening.txt") },
      { kind: "chainalysis-api", timeout: 10_000 },
      { kind: "oracle", chain: "ethereum" },
    ]);
  });

  test("leaves out every setting that has a default and means the same", () => {
    const full = loadConfig(sampleFile, chainConfig);
    const file = written((settings) => {
      delete settings.logLevel;
      delete settings.ops.host;
      for (const key of ["quorum", "finality", "depth", "pollInterval", "timeout", "maximumRange"])
        delete settings.chains[0][key];
      delete settings.chains[0].providers[0].aside;
      delete settings.routes[0].wait;
      delete settings.signer.timeout;
      delete settings.collectors[0].timeout;
    });
    const short = loadConfig(file, chainConfig);
    const { tls: _tls, screening: _screening, ...same } = short;
    expect(full).toMatchObject(JSON.parse(JSON.stringify({ logLevel: same.logLevel, ops: same.ops })));
    expect(short.chains[0]?.providers[0]?.aside).toBe(full.chains[0]?.providers[0]?.aside);
    expect(short.chains.map(quorumOf)).toEqual(full.chains.map(quorumOf));
    expect(short.chains[0]?.pollInterval).toBe(full.chains[0]?.pollInterval);
    expect(short.chains[0]?.timeout).toBe(full.chains[0]?.timeout);
    expect(short.chains[0]?.maximumRange).toBe(full.chains[0]?.maximumRange);
    expect(short.routes[0]?.wait).toBe(full.routes[0]?.wait);
    expect(short.signer.timeout).toBe(full.signer.timeout);
    expect(short.collectors[0]?.timeout).toBe(full.collectors[0]?.timeout);
  });

  test("names a screening list that is one", () => {
    const list = parseList("screening.txt", readFileSync(path.join(samples, "screening.txt")));
    expect(list).toMatchObject({ version: "2026-01-31" });
  });

  test("makes routes that know their chains", () => {
    const [route] = routesOf(loadConfig(sampleFile, chainConfig));
    expect(route?.source.chain.name).toBe("ethereum");
    expect(route?.destination.chain.chainId).toBe(422842677816n);
    expect(route?.waitMs).toBe(86_400_000);
  });
});

test("lets several providers run on this machine, each on its own port", () => {
  const file = written(({ chains: [chain] }) => {
    for (const [index, provider] of chain.providers.entries()) provider.url = `http://127.0.0.1:${8545 + index}`;
  });
  expect(loadConfig(file, chainConfig).chains.map(sourcesOf)).toEqual(["2-of-3", "single", "2-of-3"]);
});

test("lets one Aleo program be the source of routes to several chains", () => {
  const file = written((s) => {
    const route = { ...structuredClone(s.routes[1]), name: "aleo-to-bsc" };
    s.routes.push({ ...route, destination: { ...route.destination, chain: "bsc" } });
  });
  expect(routesOf(loadConfig(file, chainConfig)).map(({ name }) => name)).toContain("aleo-to-bsc");
});

test("names no host in a complaint about two providers", () => {
  const problems = problemsWith((s) => (s.chains[0].providers[1].url = s.chains[0].providers[0].url));
  expect(problems.join()).not.toMatch(/example|ACCESS-KEY/);
});

test.each<[string, (settings: Settings) => unknown, string]>([
  ["no source", (s) => (s.screening = []), "screening: "],
  ["a source of another kind", (s) => (s.screening[0].kind = "guess"), "screening.0.kind: "],
  ["two sources of one name", (s) => (s.screening[1].name = "sanctions-list"), "screening.1.name: is the name of"],
  ["an oracle on no chain", (s) => (s.screening[2].chain = "moon"), "screening.2.chain: there is no such chain"],
  ["an oracle's misspelt address", (s) => (s.screening[2].contract = "0x12"), "screening.2.contract: "],
  [
    "a service in plain HTTP",
    (s) => (s.screening[1].url = "http://public.example"),
    "screening.1.url: must be an https",
  ],
  [
    "a service with a query",
    (s) => (s.screening[1].url = "https://a.example/?key=1"),
    "screening.1.url: must not hold",
  ],
])("refuses screening by %s", (_what, change, problem) => {
  expect(problemsWith(change).join("\n")).toContain(problem);
});

test("keeps provider URLs secret however the configuration is written out", () => {
  const config = loadConfig(sampleFile, chainConfig);
  const text = JSON.stringify(config, (_key, value: unknown) => (typeof value === "bigint" ? `${value}` : value));
  expect(text).not.toContain("ACCESS-KEY");
  expect(config.chains[0]?.providers[0]?.url.reveal()).toContain("ACCESS-KEY");
});

test("takes a route whose attestor is an Aleo account, with Verulink's database too", () => {
  const file = written((s) => {
    Object.assign(s.routes[2], { scheme: "verulink-aleo-schnorr", attestor: addresses.aleo });
    s.collectors[0].kind = "verulink";
  });
  expect(routesOf(loadConfig(file, chainConfig))[2]).toMatchObject({ attestor: addresses.aleo });
});
