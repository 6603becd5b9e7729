import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { parse, stringify } from "yaml";
import { collectorConfig } from "../../collector/index.ts";
import { loadConfig } from "../../shared/config/index.ts";
import { isAttestorError } from "../../shared/errors/index.ts";

const sample = path.join(import.meta.dirname, "../../docs/samples/collector.yaml");
const folder = mkdtempSync(path.join(tmpdir(), "hsm-attestor-config-"));
afterAll(() => rmSync(folder, { recursive: true }));

// biome-ignore lint/suspicious/noExplicitAny: a sample to be spoiled in every way
type Sample = any;

/** The sample as YAML's own rules read it, which would take an unquoted address for a number. */
function readSample(): Sample {
  const quoted = readFileSync(sample, "utf8").replaceAll(/0x[0-9a-fA-F]{40}/g, '"$&"');
  return parse(quoted, { intAsBigInt: true });
}

/** The problems of the sample after a change. */
function problemsAfter(change: (config: Sample) => void): readonly string[] {
  const config = readSample();
  change(config);
  return problemsOf(toYaml(config));
}

function toYaml(config: Sample): string {
  return stringify(config, { aliasDuplicateObjects: false });
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
    const { logLevel, verulinkBase, ...rest } = readSample();
    for (const listener of ["listen", "public", "ops"]) delete rest[listener].host;
    expect(problemsOf(toYaml(rest))).toEqual([]);
    const config = loadConfig(path.join(folder, "collector.yaml"), collectorConfig);
    expect([config.logLevel, config.verulinkBase, config.listen.host]).toEqual([logLevel, verulinkBase, "127.0.0.1"]);
  });

  const attestorOne = "0x2B5AD5c4795c026514f8317c7a215E218DcCD6cF";
  const stranger = "0xBd31ba048373A07bE0357B7Ad3182F4206c8064d";
  const another = (config: Sample, changes: Sample) => {
    const entry = structuredClone(config.registry[0]);
    config.registry.push({ ...entry, ...changes, destination: { ...entry.destination, ...changes.destination } });
  };
  const spoiled: [string, (config: Sample) => void, RegExp][] = [
    ["a typo in a key", (c) => (c.verulinkbase = "/x"), /^verulinkbase: .*did you mean verulinkBase/],
    ["a typo deep down", (c) => (c.registry[0].source.chainID = 1n), /^registry\.0\.source\.chainID: .*chainId/],
    ["another service's file", (c) => (c.service = "signer"), /^service: /],
    ["a port that is none", (c) => (c.listen.port = 70_000n), /^listen\.port: must be a whole number/],
    ["a base inside our own API", (c) => (c.verulinkBase = "/v1/x"), /^verulinkBase: must not start with \/v1/],
    ["a base that is no path", (c) => (c.verulinkBase = "verulink"), /^verulinkBase: must be a path/],
    ["no registry", (c) => (c.registry = []), /^registry: /],
    ["no clients", (c) => (c.clients = []), /^clients: /],
    ["a pin that is none", (c) => (c.clients[0].pins = ["abc"]), /^clients\.0\.pins\.0: must be sha256\//],
    [
      "an attestor in lower case",
      (c) => (c.registry[0].attestors[0] = attestorOne.toLowerCase()),
      /^registry\.0\.attestors\.0: is not in EIP-55/,
    ],
    [
      "an attestor twice",
      (c) => (c.registry[0].attestors[2] = attestorOne),
      /^registry\.0\.attestors\.2: is there twice/,
    ],
    ["a quorum of half", (c) => (c.registry[0].quorum = 1n), /^registry\.0\.quorum: must be more than half of the 3/],
    [
      "a quorum of more than all",
      (c) => (c.registry[0].quorum = 4n),
      /^registry\.0\.quorum: must not be more than the 3/,
    ],
    [
      "a client's attestor that is not registered",
      (c) => (c.clients[1].attestors = [stranger]),
      /^clients\.1\.attestors\.0: is no attestor of any/,
    ],
    [
      "two clients of one name",
      (c) => (c.clients[1].name = "attestor-one"),
      /^clients\.1\.name: is the name of another/,
    ],
    [
      "two clients with one pin",
      (c) => c.clients[1].pins.push(c.clients[0].pins[0]),
      /^clients\.1\.pins\.1: is pinned twice/,
    ],
    [
      "an address of another family",
      (c) => (c.registry[0].source.family = "evm"),
      /^registry\.0\.source\.tokenService: is not a valid EVM/,
    ],
    [
      "a misspelt bridge",
      (c) => (c.registry[0].destination.bridge = "0x12"),
      /^registry\.0\.destination\.bridge: is not a valid EVM/,
    ],
    [
      "a route to itself",
      (c) => (c.registry[0].source.chainId = 27234042785n),
      /^registry\.0\.destination\.chainId: must not be the source's/,
    ],
    [
      "a scheme for another family",
      (c) => (c.registry[0].destination.family = "aleo"),
      /^registry\.0\.scheme: verulink-evm is for a destination of family evm/,
    ],
    ["a route twice", (c) => another(c, {}), /^registry\.1: is there twice/],
    [
      "a bridge in two deployments",
      (c) => another(c, { deployment: "other", attestors: [stranger], quorum: 1n }),
      /^registry\.1\.destination\.bridge: serves deployment mainnet-2026 at destination 27234042785 already/,
    ],
    [
      "an attestor's key in two deployments",
      (c) =>
        another(c, { deployment: "other", destination: { bridge: stranger }, attestors: [attestorOne], quorum: 1n }),
      /^registry\.1\.attestors\.0: serves deployment mainnet-2026 at destination 27234042785 already/,
    ],
    [
      "an attestor's key for two destinations",
      (c) => another(c, { destination: { chainId: 5n }, attestors: [attestorOne], quorum: 1n }),
      /^registry\.1\.attestors\.0: serves deployment mainnet-2026 at destination 27234042785 already/,
    ],
  ];
  it.each(spoiled)("is refused, with the setting's path: %s", (_what, change, problem) => {
    expect(problemsAfter(change)).toContainEqual(expect.stringMatching(problem));
  });

  it("lets one attestor's key serve several sources of one deployment and destination", () => {
    expect(
      problemsAfter((config) => {
        another(config, {});
        config.registry[1].source.chainId = 5n;
      }),
    ).toEqual([]);
  });

  it("takes an address with and without quotes", () => {
    const plain = readFileSync(sample, "utf8");
    const quoted = plain.replaceAll(/0x[0-9a-fA-F]{40}/g, '"$&"');
    expect(quoted).not.toBe(plain);
    expect([problemsOf(plain), problemsOf(quoted)]).toEqual([[], []]);
  });
});
