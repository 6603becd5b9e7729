import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { loadConfig } from "../../shared/config/index.ts";
import { isAttestorError } from "../../shared/errors/index.ts";
import { stringifyJson } from "../../shared/json/index.ts";
import { signerConfig } from "../../signer/index.ts";
import { createTestPki, type TestPki } from "../support/pki.ts";
import { type Settings, signerSettings } from "../support/signerWorld.ts";
import { testKey } from "../support/testKeeper.ts";

let folder: string;
let pki: TestPki;
let settings: Settings;

beforeAll(async () => {
  folder = mkdtempSync(path.join(tmpdir(), "hsm-attestor-config-"));
  pki = await createTestPki(path.join(folder, "tls"));
  settings = signerSettings(pki);
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function load(change: (settings: Settings) => void = () => {}) {
  const changed = JSON.parse(stringifyJson(settings));
  change(changed);
  const file = path.join(folder, "signer.yaml");
  writeFileSync(file, stringifyJson(changed));
  return loadConfig(file, signerConfig);
}

function problemsOf(change: (settings: Settings) => void): readonly string[] {
  try {
    load(change);
  } catch (error) {
    if (isAttestorError(error, "config_invalid")) return error.data.problems;
    throw error;
  }
  return [];
}

describe("signer configuration", () => {
  it("loads the annotated sample, every optional key of it at its default or an example of it", () => {
    const file = new URL("../../docs/samples/signer.yaml", import.meta.url).pathname;
    const config = loadConfig(file, signerConfig);
    const samples = path.dirname(file);
    expect(config.ledger).toBe(path.join(samples, "state/ledger.sqlite"));
    expect(config.keeper).toEqual({ sessions: 4, callDeadline: 5_000, idleProbe: 60_000 });
    expect(config.policy).toBe(path.join(samples, "policy.yaml"));
    expect(config.audit).toMatchObject({
      key: { name: "audit", use: "audit" },
      checkpoints: path.join(samples, "state/checkpoints.jsonl"),
      records: 1_000,
      interval: 60_000,
    });
    expect(config.keys.map(({ name }) => name)).toEqual(["main-to-evm"]);
  });

  it("finds the keepers' supervisor by a path that starts at its own folder", () => {
    const config = load((s) => {
      s.keeper = { socket: "run/keeper.sock" };
    });
    expect(config.keeper).toEqual({
      socket: path.join(folder, "run/keeper.sock"),
      sessions: 4,
      callDeadline: 5_000,
      idleProbe: 60_000,
    });
  });

  it("fills in defaults", () => {
    const config = load((s) => {
      delete s.listen.host;
    });
    expect(config).toMatchObject({
      listen: { host: "127.0.0.1", port: 0 },
      logLevel: "info",
      keeper: { sessions: 4, callDeadline: 5_000, idleProbe: 60_000 },
      audit: { records: 1_000, interval: 60_000 },
    });
  });
});

describe("signer configuration refuses", () => {
  it.each<[string, (s: Settings) => void, ...string[]]>([
    ["a typing error", (s) => Object.assign(s, { legder: "x" }), "legder: is not a known key (did you mean ledger?)"],
    [
      "a typing error inside a list",
      (s) => Object.assign(s.keys[1], { shceme: "x" }),
      "keys.1.shceme: is not a known key (did you mean scheme?)",
    ],
    ["a missing ledger", (s) => delete s.ledger, "ledger: is missing"],
    [
      "another service's file",
      (s) => Object.assign(s, { service: "chain" }),
      "service: is chain, and must be signer: this file is another service's",
    ],
    [
      "a PIN in a key's URI",
      (s) =>
        Object.assign(s.keys[0], { uri: "pkcs11:token=t;serial=s;id=%01;object=o?module-path=/m.so&pin-value=1234" }),
      "keys.0.uri: pin-value puts the PIN into the configuration; write pin-source=file:/PATH instead",
    ],
    [
      "a compressed public key",
      (s) => Object.assign(s.keys[0], { publicKey: `0x02${"ab".repeat(32)}` }),
      "keys.0.publicKey: must be 0x and 130 hex digits",
    ],
    [
      "a public key that is no point",
      (s) => Object.assign(s.keys[0], { publicKey: `0x04${"ab".repeat(64)}` }),
      "keys.0.publicKey: is not a point of secp256k1 (65 bytes, 0x04 first)",
    ],
    [
      "two keys with one public key",
      (s) =>
        Object.assign(s.keys[1], {
          publicKey: testKey(1).publicKey.toUpperCase().replace("0X", "0x"),
        }),
      "keys.1.publicKey: is the same as that of keys.0 (to-one)",
    ],
    [
      "two keys with one URI",
      (s) => Object.assign(s.keys[1], { uri: s.keys[0].uri }),
      "keys.1.uri: is the same as that of keys.0 (to-one)",
    ],
    [
      "two keys with one name",
      (s) => {
        s.keys.push({
          ...s.keys[0],
          uri: s.keys[0].uri.replace("%01", "%03"),
          publicKey: testKey(3).publicKey,
          destination: 3,
        });
      },
      "keys.3.name: is the same as that of keys.0 (to-one)",
    ],
    [
      "a second key for one scheme, deployment and destination",
      (s) => {
        s.keys.push({
          ...s.keys[0],
          name: "more",
          uri: s.keys[0].uri.replace("%01", "%03"),
          publicKey: testKey(3).publicKey,
        });
      },
      "keys.3.destination: is served by keys.0 (to-one) already; one scheme, deployment and destination has one key",
    ],
    ["no audit chain", (s) => delete s.audit, "audit: is missing"],
    [
      "an audit key that does not exist",
      (s) => Object.assign(s.audit, { key: "audti" }),
      "audit.key: there is no such key (did you mean audit?)",
    ],
    [
      "an audit key that attests",
      (s) => Object.assign(s.audit, { key: "to-one" }),
      "audit.key: key to-one attests; give the audit chain a key of its own, with use: audit",
    ],
    [
      "two audit keys",
      (s) =>
        s.keys.push({
          ...s.keys[2],
          name: "more",
          uri: s.keys[0].uri.replace("%01", "%03"),
          publicKey: testKey(3).publicKey,
        }),
      "keys.3.use: is that of key audit already; the audit chain has one key",
    ],
    [
      "an audit key with the public key of one that attests",
      (s) => Object.assign(s.keys[2], { publicKey: s.keys[0].publicKey }),
      "keys.2.publicKey: is the same as that of keys.0 (to-one)",
    ],
    [
      "a chain id beyond u128",
      (s) => Object.assign(s.keys[0], { destination: "9".repeat(39) }),
      "keys.0.destination: must be below 2^128",
    ],
  ])("%s", (_what, change, ...problems) => {
    expect(problemsOf(change)).toEqual(problems);
  });

  it("several problems at once, each with its path", () => {
    const problems = problemsOf((s) => {
      s.keys[0].uri = s.keys[1].uri;
      s.keys[1].publicKey = s.keys[0].publicKey;
    });
    expect(problems.map((problem) => problem.split(":")[0])).toEqual(["keys.1.publicKey", "keys.1.uri"]);
  });
});

describe("a sealed Aleo key", () => {
  const place = "token=hsm;serial=1;id=%00%09;object=seal";
  const query = "module-path=/m.so&pin-source=file:/pin";
  const sealed = {
    name: "to-aleo",
    uri: `aleo-sealed:${place}?${query}&sealed-file=/seed.json`,
    publicKey: "aleo1rhgdu77hgyqd3xjj8ucu3jj9r2krwz6mnzyd80gncr5fxcwlh5rsvzp9px",
    custody: "sealed-software",
    scheme: "verulink-aleo-schnorr",
    deployment: "main",
    destination: 6694886634401,
  };
  const withKey = (key: Record<string, unknown>) => (settings: Settings) =>
    void (settings.keys as Record<string, unknown>[]).push(key);

  it("is taken where scheme and custody are both said by name", () => {
    expect(load(withKey(sealed)).keys.at(-1)).toEqual({ ...sealed, destination: 6694886634401n });
  });

  it.each<[string, Record<string, unknown>]>([
    ["says no custody", { ...sealed, custody: undefined }],
    ["says that it is in the HSM", { ...sealed, custody: "hsm" }],
    ["has a scheme that an HSM can sign", { ...sealed, scheme: "verulink-evm" }],
    ["is in a token", { ...sealed, uri: `pkcs11:${place}?${query}` }],
    ["has a key of another curve", { ...sealed, publicKey: testKey(12).publicKey }],
    ["has an address that no account can have", { ...sealed, publicKey: sealed.publicKey.replace("px", "pp") }],
    [
      "is a key of the HSM",
      {
        name: "a",
        uri: `pkcs11:${place}?${query}`,
        publicKey: testKey(12).publicKey,
        scheme: sealed.scheme,
        deployment: "main",
        destination: 1,
      },
    ],
    [
      "has a sealed key's place and a scheme for the HSM",
      {
        name: "a",
        uri: sealed.uri,
        publicKey: testKey(12).publicKey,
        scheme: "verulink-evm",
        deployment: "main",
        destination: 1,
      },
    ],
  ])("is refused when it %s", (_what, key) => {
    const problems = problemsOf(withKey(key));
    expect(problems.length).toBeGreaterThan(0);
    for (const problem of problems) expect(problem).toMatch(/^keys\.3\./);
  });
});
