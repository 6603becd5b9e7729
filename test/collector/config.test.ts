import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { parse, stringify } from "yaml";
import { collectorConfig } from "../../collector/index.ts";
import { loadConfig } from "../../shared/config/index.ts";
import { isAttestorError } from "../../shared/errors/index.ts";
import { attestors } from "./attestors.ts";

const sample = path.join(import.meta.dirname, "../../docs/samples/collector.yaml");
const folder = mkdtempSync(path.join(tmpdir(), "hsm-attestor-config-"));
afterAll(() => rmSync(folder, { recursive: true }));

type Settings = Record<string, unknown>;

/** The sample as data. YAML's own rules would take its unquoted addresses for numbers. */
function readSample(): Settings {
  const quoted = readFileSync(sample, "utf8").replaceAll(/0x[0-9a-fA-F]{40}/g, '"$&"');
  return parse(quoted, { intAsBigInt: true });
}

/** Sets what a path such as `registry.0.quorum` names; undefined takes it away. */
function set(settings: Settings, setting: string, value: unknown): void {
  const steps = setting.split(".");
  const last = steps.pop() ?? "";
  const holder = steps.reduce((inner, step) => inner[step] as Settings, settings);
  holder[last] = value;
}

/** The sample's one registry entry with changes, by the same paths. */
function entry(changes: Settings = {}): unknown {
  const settings = readSample();
  for (const [setting, value] of Object.entries(changes)) set(settings, `registry.0.${setting}`, value);
  return (settings.registry as unknown[])[0];
}

const onAleo = "aleo1fg8y0ax9g0yhahrknngzwxkpcf7ejy3mm6cent4mmtwew5ueps8s6jzl27";

/** The sample's entry the other way round, to a program on Aleo. */
function toAleo(changes: Settings = {}): unknown {
  const settings = {
    source: { chainId: 27234042785n, family: "evm", tokenService: "0x2D9B1dF35e4fAc995377aD7f7a84070CD36400Ff" },
    destination: { chainId: 6694886634401n, family: "aleo", tokenService: onAleo, bridge: "bridge.aleo" },
    scheme: "verulink-aleo-ecdsa:testnet:bridge.aleo",
  };
  return entry({ ...settings, ...changes });
}

/** The problems of the sample after changes. */
function problemsAfter(changes: Settings): readonly string[] {
  const settings = readSample();
  for (const [setting, value] of Object.entries(changes)) set(settings, setting, value);
  return problemsOf(stringify(settings, { aliasDuplicateObjects: false }));
}

function problemsOf(yaml: string): readonly string[] {
  const file = path.join(folder, "collector.yaml");
  writeFileSync(file, yaml);
  try {
    loadConfig(file, collectorConfig);
    return [];
  } catch (error) {
    return isAttestorError(error, "config_invalid") ? error.data.problems : [String(error)];
  }
}

describe("collector.yaml", () => {
  it("has a sample that loads as it is", () => {
    const config = loadConfig(sample, collectorConfig);
    expect(config).toMatchObject({ service: "collector", verulinkBase: "/verulink", registry: [{ quorum: 2 }] });
    expect(config.registry[0]?.source.chainId).toBe(6694886634401n);
    expect(config.database).toBe(path.join(path.dirname(sample), "collector.sqlite"));
  });

  it("has defaults for what the sample calls a default", () => {
    const defaults = { logLevel: undefined, verulinkBase: undefined, "listen.host": undefined };
    expect(problemsAfter(defaults)).toEqual([]);
    const config = loadConfig(path.join(folder, "collector.yaml"), collectorConfig);
    expect([config.logLevel, config.verulinkBase, config.listen.host]).toEqual(["info", "/verulink", "127.0.0.1"]);
  });

  it("takes an address with and without quotes", () => {
    const plain = readFileSync(sample, "utf8");
    const quoted = plain.replaceAll(/0x[0-9a-fA-F]{40}/g, '"$&"');
    expect(quoted).not.toBe(plain);
    expect([problemsOf(plain), problemsOf(quoted)]).toEqual([[], []]);
  });

  it("takes a program on Aleo as a bridge", () => {
    expect(problemsAfter({ "registry.0": toAleo() })).toEqual([]);
  });

  it("lets one attestor's key serve several sources of one deployment and destination", () => {
    expect(problemsAfter({ "registry.1": entry({ "source.chainId": 5n }) })).toEqual([]);
  });

  it("lets a key take over from another, and a further one from that", () => {
    const old = { "clients.0.attestors": [one], "registry.0.successors": [successor(), third] };
    expect(problemsAfter(old)).toEqual([]);
    const both = { "clients.0.attestors": [one, stranger], "registry.0.successors": [successor()] };
    expect(problemsAfter(both)).toEqual([]);
  });

  const one = "0x2B5AD5c4795c026514f8317c7a215E218DcCD6cF";
  const stranger = "0xBd31ba048373A07bE0357B7Ad3182F4206c8064d";
  const firstPin = "sha256/MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE=";
  const servesAnother = "serves deployment mainnet-2026 at destination 27234042785 already";

  const other = "0x6813Eb9362372EEF6200f3b1dbC3f819671cBA69";
  const successor = (changes: Settings = {}) => ({
    ...{ attestor: stranger, succeeds: one, fromSequence: 50n },
    ...changes,
  });
  const third = { attestor: "0x5FbDB2315678afecb367f032d93F642f64180aa3", succeeds: stranger, fromSequence: 90n };

  const spoiled: [string, Settings, string][] = [
    ["a typo in a key", { verulinkbase: "/x" }, "verulinkbase: is not a known key"],
    ["a typo deep down", { "registry.0.source.chainID": 1n }, "registry.0.source.chainID: is not a known key"],
    ["another service's file", { service: "signer" }, "service: "],
    ["a port that is none", { "listen.port": 70_000n }, "listen.port: must be a whole number"],
    ["a base inside our own API", { verulinkBase: "/v1/x" }, "verulinkBase: must not start with /v1"],
    ["a base that is no path", { verulinkBase: "verulink" }, "verulinkBase: must be a path"],
    ["no registry", { registry: [] }, "registry: "],
    ["no clients", { clients: [] }, "clients: "],
    ["a pin that is none", { "clients.0.pins": ["abc"] }, "clients.0.pins.0: must be sha256/"],
    ["two clients of one name", { "clients.1.name": "attestor-one" }, "clients.1.name: is the name of another"],
    ["two clients with one pin", { "clients.1.pins.1": firstPin }, "clients.1.pins.1: is pinned twice"],
    [
      "a client's attestor that is not registered",
      { "clients.1.attestors": [stranger] },
      "clients.1.attestors.0: is no attestor of any",
    ],
    ["a client's attestor twice", { "clients.0.attestors.1": one }, "clients.0.attestors.1: is there twice"],
    [
      "an attestor in lower case",
      { "registry.0.attestors.0": one.toLowerCase() },
      "registry.0.attestors.0: is not in EIP-55",
    ],
    ["an attestor twice", { "registry.0.attestors.2": one }, "registry.0.attestors.2: is there twice"],
    [
      "a successor that is an attestor already",
      { "registry.0.successors": [successor({ attestor: other })] },
      "registry.0.successors.0.attestor: is an attestor of this entry already",
    ],
    [
      "a successor of nobody",
      { "registry.0.successors": [third, successor()] },
      "registry.0.successors.0.succeeds: must be an attestor of this entry",
    ],
    [
      "two successors of one attestor",
      { "registry.0.successors": [successor(), { ...third, succeeds: one }] },
      "registry.0.successors.1.succeeds: has a successor already",
    ],
    [
      "successors out of order",
      { "registry.0.successors": [successor(), { ...third, fromSequence: 50n }] },
      "registry.0.successors.1.fromSequence: must be above 50",
    ],
    [
      "a successor's key in two deployments",
      {
        "registry.0.successors": [successor()],
        "registry.1": entry({
          ...{ deployment: "other", "destination.bridge": other, attestors: [stranger], quorum: 1n },
        }),
      },
      `registry.1.attestors.0: ${servesAnother}`,
    ],
    ["a quorum of less than half", { "registry.0.quorum": 1n }, "registry.0.quorum: must be more than half of the 3"],
    [
      "a quorum of half",
      { "registry.0.quorum": 2n, "registry.0.attestors.3": stranger },
      "registry.0.quorum: must be more than half of the 4",
    ],
    ["a quorum of more than all", { "registry.0.quorum": 4n }, "registry.0.quorum: must not be more than the 3"],
    [
      "an address of another family",
      { "registry.0.source.family": "evm" },
      "registry.0.source.tokenService: is not a valid EVM",
    ],
    [
      "a misspelt bridge",
      { "registry.0.destination.bridge": "0x12" },
      "registry.0.destination.bridge: is not a valid EVM",
    ],
    [
      "a route from a chain to itself",
      { "registry.0.source.chainId": 27234042785n },
      "registry.0.destination.chainId: must not be the source's",
    ],
    [
      "a scheme for another family",
      { "registry.0.destination.family": "aleo" },
      "registry.0.scheme: verulink-evm is for a destination of family evm",
    ],
    [
      "a bridge on Aleo that the scheme does not name",
      { "registry.0": toAleo({ "destination.bridge": "other.aleo" }) },
      "registry.0.destination.bridge: must be the program that scheme signs, bridge.aleo",
    ],
    [
      "a source on Aleo for a program on Aleo",
      { "registry.0": toAleo({ "source.family": "aleo", "source.tokenService": onAleo }) },
      "registry.0.source.family: must be evm",
    ],
    [
      "a token service on Aleo that no program can be",
      { "registry.0": toAleo({ "destination.tokenService": `aleo1qy${"q".repeat(50)}hezjc8` }) },
      "registry.0.destination.tokenService: is not a valid Aleo address",
    ],
    [
      "more signatures than the program on Aleo takes",
      { "registry.0": toAleo({ quorum: 6n, attestors: attestors.map(({ address }) => address) }) },
      "registry.0.quorum: must not be more than 5, because the program takes no more",
    ],
    [
      "a scheme that is none",
      { "registry.0": toAleo({ scheme: "verulink-aleo-ecdsa:bridge.aleo" }) },
      "registry.0.scheme: must be verulink-evm or verulink-aleo-ecdsa:NETWORK:PROGRAM",
    ],
    ["a route twice", { "registry.1": entry() }, "registry.1: is there twice"],
    [
      "a bridge in two deployments",
      { "registry.1": entry({ deployment: "other", attestors: [stranger], quorum: 1n }) },
      `registry.1.destination.bridge: ${servesAnother}`,
    ],
    [
      "an attestor's key in two deployments",
      { "registry.1": entry({ deployment: "other", "destination.bridge": stranger, attestors: [one], quorum: 1n }) },
      `registry.1.attestors.0: ${servesAnother}`,
    ],
    [
      "an attestor's key for two destinations",
      { "registry.1": entry({ "destination.chainId": 5n, attestors: [one], quorum: 1n }) },
      `registry.1.attestors.0: ${servesAnother}`,
    ],
  ];
  it.each(spoiled)("is refused, with the setting's path: %s", (_what, changes, problem) => {
    expect(problemsAfter(changes)).toContainEqual(expect.stringContaining(problem));
  });
});
