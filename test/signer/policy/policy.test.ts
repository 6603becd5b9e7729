import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { loadConfig, parseConfig } from "../../../shared/config/index.ts";
import { isAttestorError } from "../../../shared/errors/index.ts";
import { stringifyJson } from "../../../shared/json/index.ts";
import { signerConfig } from "../../../signer/index.ts";
import { readPolicyFile } from "../../../signer/policy/index.ts";
import { testOperator, testSshKey } from "../../support/operator.ts";
import { createTestPki, type TestPki } from "../../support/pki.ts";
import { policySettings, type Settings, signerSettings } from "../../support/signerWorld.ts";
import { aleoAddresses, aleoScheme } from "../aleoSamples.ts";
import { addresses } from "../samples.ts";

let folder: string;
let pki: TestPki;
let settings: Settings;

beforeAll(async () => {
  folder = mkdtempSync(path.join(tmpdir(), "hsm-attestor-policy-"));
  pki = await createTestPki(path.join(folder, "tls"));
  settings = await policySettings(pki, [await testOperator(pki, "olga"), await testOperator(pki, "otto")]);
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function load(change: (policy: Settings) => unknown = () => {}) {
  const changed = JSON.parse(stringifyJson(settings));
  change(changed);
  const file = path.join(folder, "policy.yaml");
  writeFileSync(file, stringifyJson(changed));
  const { keys } = parseConfig(stringifyJson(signerSettings(pki)), path.join(folder, "signer.yaml"), signerConfig);
  return readPolicyFile(file, keys);
}

function problemsOf(change: (policy: Settings) => void): readonly string[] {
  try {
    load(change);
  } catch (error) {
    if (isAttestorError(error, "config_invalid")) return error.data.problems;
    throw error;
  }
  return [];
}

/** Leads route 0 to a program on Aleo. */
function toAleo(p: Settings): void {
  Object.assign(p.routes[0], { scheme: aleoScheme });
  Object.assign(p.routes[0].destination, { family: "aleo", tokenService: aleoAddresses.service });
}

const [pinB, pinC] = ["B", "C"].map((letter) => `sha256/${letter.repeat(43)}=`);
const otherToken = addresses.destinationService;

/** Gives route 0 the pair (sender → token), and route 1 `back`. */
function pairTokens(p: Settings, ...back: [string, string][]): void {
  p.routes[0].tokens = [{ source: addresses.sender, destination: addresses.token }];
  if (back.length > 0) p.routes[1].tokens = back.map(([source, destination]) => ({ source, destination }));
}

describe("a policy", () => {
  it("loads from the annotated sample, for the keys of the signer's sample", () => {
    const sample = (name: string) => new URL(`../../../docs/samples/${name}`, import.meta.url).pathname;
    const { keys, policy: file } = loadConfig(sample("signer.yaml"), signerConfig);
    const { policy } = readPolicyFile(file, keys);
    expect(policy.version).toBe(1);
    expect(policy.routes[0]).toMatchObject({ source: { chainId: 6694886634401n }, versions: [1], startSequence: 1n });
    expect(policy.denyList).toBe(sample("deny-list.txt"));
  });

  it("fills in defaults", () => {
    const { policy } = load((p) => delete p.clients[0].rate);
    expect(policy.routes[0]).toMatchObject({ versions: [1], startSequence: 1n });
    expect(policy.clients[0]?.rate).toEqual({ perSecond: 100, burst: 400 });
  });

  it("is named by the hash of its very text", () => {
    const [one, two] = [load(), load((p) => Object.assign(p, { version: 2 }))];
    expect(one.hash).toMatch(/^0x[0-9a-f]{64}$/);
    expect(two.hash).not.toBe(one.hash);
    expect(load().hash).toBe(one.hash);
  });

  it("allows two pins for one client and one operator, so that keys can be rotated", () => {
    const { policy } = load((p) => {
      p.clients[0].pins.push(pinB);
      p.operators[0].certificatePins.push(pinC);
    });
    expect(policy.clients[0]?.pins).toHaveLength(2);
    expect(policy.operators[0]?.certificatePins).toHaveLength(2);
  });

  it("keeps an operator's signing key without its comment", () => {
    const { sshKey } = testSshKey("olga@laptop");
    const { policy } = load((p) => Object.assign(p.operators[0], { signingKeys: [sshKey] }));
    expect(policy.operators[0]?.signingKeys).toEqual([sshKey.replace(" olga@laptop", "")]);
  });

  it("needs neither routes nor schemes for an auditor", () => {
    const auditor = { name: "auditor", pins: [pinB], operations: ["audit"] };
    expect(load((p) => p.clients.push(auditor)).policy.clients[2]).toMatchObject({ routes: [], schemes: [] });
  });

  it("pairs tokens the same way in both directions", () => {
    const { policy } = load((p) => pairTokens(p, [addresses.token, addresses.sender]));
    expect(policy.routes.map(({ tokens }) => tokens)).toEqual([
      [{ source: addresses.sender, destination: addresses.token }],
      [{ source: addresses.token, destination: addresses.sender }],
    ]);
  });
});

describe("a policy is refused for", () => {
  it.each<[string, (p: Settings) => void, ...string[]]>([
    [
      "a typing error inside a list",
      (p) => Object.assign(p.routes[1], { startSequenze: 1 }),
      "routes.1.startSequenze: is not a known key (did you mean startSequence?)",
    ],
    [
      "another service's file",
      (p) => Object.assign(p, { service: "signer" }),
      "service: is signer, and must be policy: this file is another service's",
    ],
    ["a missing version", (p) => delete p.version, "version: is missing"],
    ["version 0", (p) => Object.assign(p, { version: 0 }), "version: must be a whole number from 1 to 999999999"],
    [
      "a single operator",
      (p) => p.operators.pop(),
      "operators: must list at least two, or nobody could ever widen anything",
    ],
    [
      "an operator without a signing key",
      (p) => Object.assign(p.operators[0], { signingKeys: [] }),
      "operators.0.signingKeys: must list at least one",
    ],
    [
      "a signing key of an unknown kind",
      (p) => Object.assign(p.operators[0], { signingKeys: ["ssh-rsa AAAA"] }),
      "operators.0.signingKeys.0: must start with one of ssh-ed25519, ecdsa-sha2-nistp256, sk-ssh-ed25519@openssh.com, sk-ecdsa-sha2-nistp256@openssh.com",
    ],
    [
      "a signing key that is cut short",
      (p) => Object.assign(p.operators[0], { signingKeys: ["ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAA"] }),
      "operators.0.signingKeys.0: ends too early",
    ],
    [
      "a signing key of two operators, whatever its comment",
      (p) => p.operators[1].signingKeys.push(`${p.operators[0].signingKeys[0]}-again`),
      "operators.1.signingKeys.1: belongs to operator olga already",
    ],
    [
      "two operators with one name",
      (p) => Object.assign(p.operators[1], { name: "olga" }),
      "operators.1.name: is the same as that of operators.0 (olga)",
    ],
    [
      "a client with an operator's name",
      (p) => Object.assign(p.clients[1], { name: "olga" }),
      "clients.1.name: is the name of an operator",
    ],
    [
      "a client with an operator's pin",
      (p) => Object.assign(p.clients[1], { pins: p.operators[0].certificatePins }),
      "clients.1.pins.0: belongs to operator olga already",
    ],
    [
      "three pins of one client",
      (p) => p.clients[0].pins.push(pinB, pinC),
      "clients.0.pins: must list at most two: the old key's and the new one's during a rotation",
    ],
    ["a client without operations", (p) => delete p.clients[0].operations, "clients.0.operations: is missing"],
    [
      "an operation that clients do not have",
      (p) => p.clients[0].operations.push("release"),
      "clients.0.operations.2: must be one of attest, read, audit, verulink",
    ],
    [
      "a client that may attest on no route, in no scheme",
      (p) => Object.assign(p.clients[1], { routes: [], schemes: [] }),
      "clients.1.routes: must list at least one, because operations has attest",
      "clients.1.schemes: must list at least one, because operations has attest",
    ],
    [
      "a right that is listed twice",
      (p) => p.clients[1].operations.push("read"),
      "clients.1.operations.2: is listed twice",
    ],
    [
      "a Verulink client of two deployments",
      (p) => {
        p.routes[1].deployment = "other";
        p.clients[0].operations.push("verulink");
      },
      "clients.0.routes: must be of one deployment for operation verulink, and are of local, other",
    ],
    [
      "a token in another spelling",
      (p) =>
        Object.assign(p.routes[0], {
          tokens: [{ source: addresses.sender, destination: addresses.token.toLowerCase() }],
        }),
      `routes.0.tokens.0.destination: is not in EIP-55 spelling; write ${addresses.token}`,
    ],
    [
      "a token that is paired twice",
      (p) => {
        pairTokens(p);
        p.routes[0].tokens.push({ source: addresses.receiver, destination: addresses.token });
      },
      "routes.0.tokens.1.destination: is paired already",
    ],
    [
      "a pair that the way back contradicts",
      (p) => pairTokens(p, [addresses.token, addresses.receiver]),
      `routes.0.tokens.0.source: is not what route two-to-one pairs ${addresses.token} with`,
    ],
    ["no clients", (p) => Object.assign(p, { clients: [] }), "clients: must list at least one"],
    [
      "a token service in lower case",
      (p) => Object.assign(p.routes[0].source, { tokenService: addresses.sourceService.toLowerCase() }),
      `routes.0.source.tokenService: is not in EIP-55 spelling; write ${addresses.sourceService}`,
    ],
    [
      "a token service of another family",
      (p) => Object.assign(p.routes[0].source, { tokenService: addresses.aleo }),
      "routes.0.source.tokenService: is not a valid EVM address (0x and 40 hex digits, EIP-55)",
    ],
    [
      "a scheme that the destination cannot verify",
      (p) => Object.assign(p.routes[0].destination, { family: "aleo", tokenService: addresses.aleo }),
      "routes.0.scheme: is for destinations of family evm",
    ],
    [
      "a scheme that is none",
      (p) => Object.assign(p.routes[0], { scheme: "verulink-aleo-ecdsa:bridge.aleo" }),
      "routes.0.scheme: must be verulink-evm or verulink-aleo-ecdsa:NETWORK:PROGRAM or verulink-aleo-schnorr, such as verulink-aleo-ecdsa:mainnet:bridge.aleo",
    ],
    [
      "a scheme of Aleo for a destination on EVM",
      (p) => Object.assign(p.routes[0], { scheme: aleoScheme }),
      "routes.0.scheme: is for destinations of family aleo",
    ],
    [
      "a way from Aleo to Aleo, which the program there does not know",
      (p) => {
        toAleo(p);
        Object.assign(p.routes[0].source, { family: "aleo", tokenService: addresses.aleo });
      },
      "routes.0.source.family: must be evm: the program on Aleo takes no other",
    ],
    [
      "a token on Aleo that is an address",
      (p) => {
        toAleo(p);
        p.routes[0].tokens = [{ source: addresses.token, destination: addresses.aleo }];
      },
      "routes.0.tokens.0.destination: is not a valid Aleo token id (a field, such as 12field)",
    ],
    [
      "a token service on Aleo that no program can be",
      (p) => {
        toAleo(p);
        p.routes[0].destination.tokenService = aleoAddresses.nobody;
      },
      "routes.0.destination.tokenService: is not a valid Aleo address (aleo1…, bech32m, a point of the group)",
    ],
    [
      "a route from a chain to itself",
      (p) => Object.assign(p.routes[0].source, { chainId: 2 }),
      "routes.0.destination.chainId: is the same as that of the source",
    ],
    [
      "two routes with one name",
      (p) => Object.assign(p.routes[1], { name: "one-to-two" }),
      "routes.1.name: is the same as that of routes.0 (one-to-two)",
      "clients.0.routes.1: there is no such route (known are one-to-two)",
      "clients.1.routes.0: there is no such route (known are one-to-two)",
    ],
    [
      "two routes for one way in one deployment",
      (p) => p.routes.push({ ...p.routes[0], name: "again" }),
      "routes.2.deployment: leads from and to the same chains in the same deployment as routes.0 (one-to-two)",
    ],
    [
      "an unknown route",
      (p) => Object.assign(p.clients[1], { routes: ["two-to-noe"] }),
      "clients.1.routes.0: there is no such route (did you mean two-to-one?)",
    ],
    [
      "a route that is listed twice",
      (p) => p.clients[1].routes.push("two-to-one"),
      "clients.1.routes.1: is listed twice",
    ],
    [
      "a pin of two clients",
      (p) => p.clients[1].pins.push(p.clients[0].pins[0]),
      "clients.1.pins.1: belongs to client chain-a already",
    ],
    [
      "a pin that a client has twice",
      (p) => p.clients[1].pins.push(p.clients[1].pins[0]),
      "clients.1.pins.1: belongs to client chain-b already",
    ],
    [
      "a pin of the wrong form",
      (p) => Object.assign(p.clients[1], { pins: ["sha256/abc"] }),
      "clients.1.pins.0: must be sha256/ and 44 base64 characters (attestor certs pin FILE)",
    ],
    [
      "two clients with one name",
      (p) => Object.assign(p.clients[1], { name: "chain-a" }),
      "clients.1.name: is the same as that of clients.0 (chain-a)",
    ],
    [
      "a version beyond u8",
      (p) => Object.assign(p.routes[0], { versions: [256] }),
      "routes.0.versions.0: must be a whole number from 0 to 255",
    ],
  ])("%s", (_what, change, ...problems) => {
    expect(problemsOf(change)).toEqual(problems);
  });

  it.each<[string, (p: Settings) => void, string]>([
    [
      "a key for another destination",
      (p) => Object.assign(p.routes[0], { key: "to-one" }),
      "routes.0.key: key to-one serves destination 1 only, and this route needs 2; give the route a key of its own",
    ],
    [
      "a key for another scheme",
      toAleo,
      `routes.0.key: key to-two serves scheme verulink-evm only, and this route needs ${aleoScheme}; give the route a key of its own`,
    ],
    [
      "a key for another deployment",
      (p) => Object.assign(p.routes[0], { deployment: "other" }),
      "routes.0.key: key to-two serves deployment local only, and this route needs other; give the route a key of its own",
    ],
    [
      "an unknown key",
      (p) => Object.assign(p.routes[0], { key: "to-tow" }),
      "routes.0.key: there is no such key (did you mean to-two?)",
    ],
  ])("%s", (_what, change, problem) => {
    expect(problemsOf(change)).toEqual([problem]);
  });

  it("several problems at once, each with its path", () => {
    const problems = problemsOf((p) => {
      p.routes[1].source.tokenService = "0x00";
      p.clients[0].routes.push("nowhere-at-all");
    });
    expect(problems.map((problem) => problem.split(":")[0])).toEqual([
      "routes.1.source.tokenService",
      "clients.0.routes.2",
    ]);
  });
});

describe("the conditions of a route", () => {
  it.each<[string, (route: Settings) => void, string]>([
    [
      "limits of some tokens beside all tokens",
      (route) => Object.assign(route, { limits: { perToken: [{ token: addresses.token, single: 1 }] } }),
      "routes.0.limits.perToken: needs the list tokens beside it: a token without a limit would have none",
    ],
    [
      "limits that leave a token out",
      (route) => {
        route.tokens = [
          { source: addresses.sender, destination: addresses.token },
          { source: addresses.receiver, destination: otherToken },
        ];
        route.limits = { perToken: [{ token: addresses.token, single: 1 }] };
      },
      `routes.0.limits.perToken: has no entry for token ${otherToken}`,
    ],
    [
      "a limit that limits nothing",
      (route) => {
        route.tokens = [{ source: addresses.sender, destination: addresses.token }];
        route.limits = { perToken: [{ token: addresses.token }] };
      },
      "routes.0.limits.perToken.0: must set single, window or both",
    ],
    [
      "an agreement of more clients than may ask",
      (route) => Object.assign(route, { agreement: 2 }),
      "routes.0.agreement: can never be reached: 1 clients may ask on this route",
    ],
    [
      "an assurance beyond the agreement",
      (route) => Object.assign(route, { minimumAssurance: "agreed-2" }),
      "routes.0.minimumAssurance: needs agreement: 2 on this route",
    ],
  ])("are checked together: %s", (_what, change, problem) => {
    expect(problemsOf((p) => change(p.routes[0]))).toContain(problem);
  });
});
