import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { loadConfig } from "../../shared/config/index.ts";
import { isAttestorError } from "../../shared/errors/index.ts";
import { stringifyJson } from "../../shared/json/index.ts";
import { signerConfig } from "../../signer/index.ts";
import { createTestPki, type TestPki } from "../support/pki.ts";
import { type SignerSettings, signerSettings } from "../support/signerWorld.ts";
import { testKey } from "../support/testKeeper.ts";
import { addresses } from "./samples.ts";

let folder: string;
let pki: TestPki;
let settings: SignerSettings;

beforeAll(async () => {
  folder = mkdtempSync(path.join(tmpdir(), "hsm-attestor-config-"));
  pki = await createTestPki(path.join(folder, "tls"));
  settings = await signerSettings(pki);
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function load(change: (settings: SignerSettings) => void = () => {}) {
  const changed = JSON.parse(stringifyJson(settings));
  change(changed);
  const file = path.join(folder, "signer.yaml");
  writeFileSync(file, stringifyJson(changed));
  return loadConfig(file, signerConfig);
}

function problemsOf(change: (settings: SignerSettings) => void): readonly string[] {
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
    expect(config.keeper).toEqual({ sessions: 4, callDeadline: 5_000 });
    expect(config.routes[0]).toMatchObject({ source: { chainId: 6694886634401n }, versions: [1], startSequence: 1n });
  });

  it("fills in defaults", () => {
    const config = load((s) => {
      delete s.listen.host;
    });
    expect(config).toMatchObject({
      listen: { host: "127.0.0.1", port: 0 },
      logLevel: "info",
      keeper: { sessions: 4, callDeadline: 5_000 },
    });
    expect(config.routes[0]).toMatchObject({ versions: [1], startSequence: 1n });
  });

  it("allows two pins for one client, so that a key can be rotated", () => {
    const config = load((s) => s.clients[0].pins.push(`sha256/${"B".repeat(43)}=`));
    expect(config.clients[0]?.pins).toHaveLength(2);
  });
});

describe("signer configuration refuses", () => {
  it.each<[string, (s: SignerSettings) => void, ...string[]]>([
    ["a typing error", (s) => Object.assign(s, { legder: "x" }), "legder: is not a known key (did you mean ledger?)"],
    [
      "a typing error inside a list",
      (s) => Object.assign(s.routes[1], { startSequenze: 1 }),
      "routes.1.startSequenze: is not a known key (did you mean startSequence?)",
    ],
    ["a missing ledger", (s) => delete s.ledger, "ledger: is missing"],
    ["another service's file", (s) => Object.assign(s, { service: "chain" }), "service: must be one of signer"],
    ["no clients", (s) => Object.assign(s, { clients: [] }), "clients: must list at least one"],
    [
      "a client without routes",
      (s) => Object.assign(s.clients[0], { routes: [] }),
      "clients.0.routes: must list at least one",
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
      "keys.2.name: is the same as that of keys.0 (to-one)",
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
      "keys.2.destination: is served by keys.0 (to-one) already; one scheme, deployment and destination has one key",
    ],
    [
      "a key for another destination",
      (s) => Object.assign(s.routes[0], { key: "to-one" }),
      "routes.0.key: key to-one serves destination 1 only, and this route needs 2; give the route a key of its own",
    ],
    [
      "a key for another deployment",
      (s) => Object.assign(s.routes[0], { deployment: "other" }),
      "routes.0.key: key to-two serves deployment local only, and this route needs other; give the route a key of its own",
    ],
    [
      "an unknown key",
      (s) => Object.assign(s.routes[0], { key: "to-tow" }),
      "routes.0.key: there is no such key (did you mean to-two?)",
    ],
    [
      "a token service in lower case",
      (s) => Object.assign(s.routes[0].source, { tokenService: addresses.sourceService.toLowerCase() }),
      `routes.0.source.tokenService: is not in EIP-55 spelling; write ${addresses.sourceService}`,
    ],
    [
      "a token service of another family",
      (s) => Object.assign(s.routes[0].source, { tokenService: addresses.aleo }),
      "routes.0.source.tokenService: is not a valid EVM address (0x and 40 hex digits, EIP-55)",
    ],
    [
      "a scheme that the destination cannot verify",
      (s) => Object.assign(s.routes[0].destination, { family: "aleo", tokenService: addresses.aleo }),
      "routes.0.scheme: is for destinations of family evm",
    ],
    [
      "a route from a chain to itself",
      (s) => Object.assign(s.routes[0].source, { chainId: 2 }),
      "routes.0.destination.chainId: is the same as that of the source",
    ],
    [
      "two routes with one name",
      (s) => Object.assign(s.routes[1], { name: "one-to-two" }),
      "routes.1.name: is the same as that of routes.0 (one-to-two)",
      "clients.0.routes.1: there is no such route (known are one-to-two)",
      "clients.1.routes.0: there is no such route (known are one-to-two)",
    ],
    [
      "two routes for one way in one deployment",
      (s) => s.routes.push({ ...s.routes[0], name: "again" }),
      "routes.2.deployment: leads from and to the same chains in the same deployment as routes.0 (one-to-two)",
    ],
    [
      "an unknown route",
      (s) => Object.assign(s.clients[1], { routes: ["two-to-noe"] }),
      "clients.1.routes.0: there is no such route (did you mean two-to-one?)",
    ],
    [
      "a route that is listed twice",
      (s) => s.clients[1].routes.push("two-to-one"),
      "clients.1.routes.1: is listed twice",
    ],
    [
      "a pin of two clients",
      (s) => s.clients[1].pins.push(s.clients[0].pins[0]),
      "clients.1.pins.1: belongs to client chain-a already",
    ],
    [
      "a pin that a client has twice",
      (s) => s.clients[1].pins.push(s.clients[1].pins[0]),
      "clients.1.pins.1: belongs to client chain-b already",
    ],
    [
      "a pin of the wrong form",
      (s) => Object.assign(s.clients[1], { pins: ["sha256/abc"] }),
      "clients.1.pins.0: must be sha256/ and 44 base64 characters (attestor certs pin FILE)",
    ],
    [
      "two clients with one name",
      (s) => Object.assign(s.clients[1], { name: "chain-a" }),
      "clients.1.name: is the same as that of clients.0 (chain-a)",
    ],
    [
      "a version beyond u8",
      (s) => Object.assign(s.routes[0], { versions: [256] }),
      "routes.0.versions.0: must be a whole number from 0 to 255",
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
      s.routes[0].key = "to-one";
      s.routes[1].source.tokenService = "0x00";
      s.clients[0].routes.push("nowhere-at-all");
    });
    expect(problems.map((problem) => problem.split(":")[0])).toEqual([
      "routes.0.key",
      "routes.1.source.tokenService",
      "clients.0.routes.2",
    ]);
  });
});
