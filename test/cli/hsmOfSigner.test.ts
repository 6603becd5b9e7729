import { mkdirSync, writeFileSync } from "node:fs";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { stringifyJson } from "../../shared/json/index.ts";
import { isAleoAddress } from "../../shared/packet/index.ts";
import { attestationSigner } from "../../shared/signature/index.ts";
import { keeperOf } from "../hsm/support/keepers.ts";
import { sealKey, type TestSealedKey } from "../hsm/support/sealedKey.ts";
import { aleoPacket, aleoRoute } from "../signer/aleoSamples.ts";
import { attestor } from "../support/attestor.ts";
import { attestorHere } from "../support/attestorHere.ts";
import { createSignerWorld, type SignerWorld } from "../support/signerWorld.ts";
import { createSoftHsm, type SoftHsm } from "../support/softhsm.ts";

interface Report {
  readonly healthy: boolean;
  readonly findings: readonly { readonly result: string; readonly what: string; readonly detail: string }[];
}

let hsm: SoftHsm;
let world: SignerWorld;
beforeAll(async () => {
  hsm = await createSoftHsm({
    keys: [
      { label: "to-one", id: "0001" },
      { label: "audit", id: "0009" },
    ],
    token: "acme",
  });
  Object.assign(process.env, hsm.env);
  const placeOf = (label: string) => {
    const { uri, publicKey } = hsm.keys.find((key) => key.label === label) ?? {};
    return { name: label, uri, publicKey };
  };
  const attests = { scheme: "verulink-evm", deployment: "local", destination: 1 };
  world = await createSignerWorld({
    change: (settings) => {
      settings.keys = [
        { ...placeOf("to-one"), ...attests },
        { ...placeOf("audit"), use: "audit" },
      ];
    },
    changePolicy: (policy) => {
      policy.routes = policy.routes.filter(({ key }: { key: string }) => key === "to-one");
      policy.clients = policy.clients.map((client: object) => ({ ...client, routes: ["two-to-one"] }));
    },
  });
});
afterAll(async () => {
  await world.close();
  hsm.remove();
});

const run = (...words: string[]) => attestorHere(["hsm", ...words]);
/** In a process of its own, which has to end. */
const runAlone = (...words: string[]) => attestor(["hsm", ...words], { environment: hsm.env });

describe("attestor hsm inspect", () => {
  it("shows module and token without a PIN", async () => {
    const { code, stdout } = await runAlone("inspect", "--token", "acme", "--json");
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({
      module: { file: hsm.module, cryptoki: "2.40" },
      token: { label: "acme", serial: hsm.serial, manufacturer: "SoftHSM project" },
      ...{ pin: "fine", missingMechanisms: [], vendor: "softhsm", known: true, usable: true },
    });
  });

  it("looks at it by the profile that is named", async () => {
    const { code, stdout } = await run("inspect", "--token", "acme", "--vendor", "generic");
    expect({ code, stdout }).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(/^ok +token +acme .*, as generic$/m),
    });
    expect(await run("inspect", "--token", "acme", "--vendor", "acme")).toMatchObject({
      code: 2,
      stderr: expect.stringContaining("--vendor must be softhsm or cloudhsm"),
    });
  });
});

describe("attestor hsm doctor", () => {
  it("opens the signer's keys, has each sign, and finds nothing that fails", async () => {
    const { code, stdout } = await runAlone("doctor", "--config", world.configFile, "--duration", "50");
    expect(stdout).toMatch(/^ok +key to-one +0x\w{40}, custody hsm, 21 attributes as demanded$/m);
    expect(stdout).toMatch(/^ok +speed audit +[1-9][0-9]* signatures\/s/m);
    expect(stdout).not.toMatch(/^warn +key audit/m);
    // in this order: module, token, tries left, uid separation, clock; then keys with their attributes and throughput
    const whats = stdout
      .split("\n")
      .flatMap(
        (line) => /^\w+ +(module|token clock|token|mechanisms|pin tries|users|root|clock) /.exec(line)?.[1] ?? [],
      );
    expect(whats.filter((what) => what !== "root")).toEqual([
      "module",
      "token",
      "mechanisms",
      "pin tries",
      "token clock",
      "users",
      "clock",
    ]);
    expect(code).toBe(0);
  });

  it("examines the keys of keeper.yaml for the keepers' user", async () => {
    const file = path.join(world.folder, "keeper.yaml");
    const place = { socket: path.join(world.folder, "keeper.sock"), stateFolder: path.join(world.folder, "keepers") };
    mkdirSync(place.stateFolder);
    const settings = { service: "keeper", ...place, daemonUser: "nobody", keys: world.settings.keys };
    writeFileSync(file, stringifyJson(settings));
    const { code, stdout, stderr } = await run("doctor", "--config", file, "--duration", "50", "--json");
    expect(code, stderr).toBe(0);
    const whats = (JSON.parse(stdout) as Report).findings.map(({ what }) => what);
    expect(whats).toEqual(expect.arrayContaining(["key to-one", "speed to-one", "key audit", "speed audit"]));
    expect(whats).not.toContain("users");
  });

  it("opens nothing when a token is not there, and fails", async () => {
    const elsewhere = path.join(world.folder, "elsewhere.yaml");
    const [attesting, audit] = world.settings.keys;
    const uri = String(attesting.uri).replace("token=acme", "token=none");
    writeFileSync(elsewhere, stringifyJson({ ...world.settings, keys: [{ ...attesting, uri }, audit] }));
    const { code, stdout } = await run("doctor", "--config", elsewhere, "--duration", "50", "--json");
    const { healthy, findings } = JSON.parse(stdout) as Report;
    expect({ code, healthy }).toEqual({ code: 1, healthy: false });
    expect(findings).toContainEqual({ result: "fail", what: "keys", detail: "not opened: see above" });
    expect(findings.find(({ result }) => result === "fail")?.detail).toContain("Token none");
  });

  it("tells why a key cannot be opened", async () => {
    const other = path.join(world.folder, "other.yaml");
    const [attesting, audit] = world.settings.keys;
    const swapped = [
      { ...attesting, publicKey: audit.publicKey },
      { ...audit, publicKey: attesting.publicKey },
    ];
    writeFileSync(other, stringifyJson({ ...world.settings, keys: swapped }));
    const { code, stdout } = await run("doctor", "--config", other, "--duration", "50", "--json");
    expect(code).toBe(1);
    expect((JSON.parse(stdout) as Report).findings.at(-1)).toMatchObject({
      result: "fail",
      detail: expect.stringContaining("the configuration pins"),
    });
  });
});

describe("attestor hsm rotate", () => {
  const rotate = (...words: string[]) =>
    run("rotate", "--config", world.configFile, "--key", "to-one", "--id", "000b", ...words);

  it("generates the successor in the same token, and what it prints makes signer.yaml and policy.yaml load", async () => {
    const { code, stdout } = await rotate("--label", "to-one-b", "--from", "two-to-one=50", "--json");
    expect(code).toBe(0);
    const { key, address } = JSON.parse(stdout) as { key: Record<string, string>; address: string };
    expect(address).toMatch(/^0x[0-9a-fA-F]{40}$/);
    expect(key).toMatchObject({ name: "to-one-b", succeeds: "to-one", destination: "1" });
    expect(key.uri).toContain(`serial=${hsm.serial};`);

    const [attesting, audit] = world.settings.keys;
    const config = path.join(world.folder, "rotated.yaml");
    writeFileSync(config, stringifyJson({ ...world.settings, keys: [attesting, key, audit] }));
    const policy = path.join(world.folder, "rotated-policy.yaml");
    const [route] = world.policy.routes;
    const routes = [{ ...route, successors: [{ key: "to-one-b", fromSequence: 50 }] }];
    writeFileSync(policy, stringifyJson({ ...world.policy, version: 2, routes }));
    expect(await attestorHere(["policy", "check", policy, "--config", config])).toMatchObject({ code: 0, stderr: "" });
  });

  it("keeps whose token it is, where the old key's URI had to say so", async () => {
    const config = path.join(world.folder, "generic.yaml");
    const [attesting, audit] = world.settings.keys;
    const keys = [{ ...attesting, uri: `${attesting.uri}&x-vendor=generic` }, audit];
    writeFileSync(config, stringifyJson({ ...world.settings, keys }));
    const words = ["--key", "to-one", "--id", "000d", "--label", "to-one-d", "--from", "two-to-one=50", "--json"];
    const { code, stdout } = await run("rotate", "--config", config, ...words);
    expect(code).toBe(0);
    expect(JSON.parse(stdout).key.uri).toContain("x-vendor=generic");
  });

  it("generates nothing for a route that the key does not sign", async () => {
    const { code, stderr } = await rotate("--label", "to-one-c", "--from", "one-to-two=50");
    expect({ code, stderr }).toMatchObject({ code: 2, stderr: expect.stringContaining("--from lacks two-to-one") });
  });

  it("generates nothing that signer.yaml and policy.yaml would not take: the key could never be destroyed", async () => {
    const attempt = (id: string, label: string, from: string) =>
      run("rotate", "--config", world.configFile, "--key", "to-one", "--id", id, "--label", label, "--from", from);
    const codes: unknown[] = [];
    for (const [id, label, from] of [
      ["00e1", "to one", "two-to-one=50"],
      ["00e2", world.settings.keys[1].name, "two-to-one=50"],
      ["00e3", "to-one-e", "two-to-one=1"],
    ] as const) {
      codes.push((await attempt(id, label, from)).code);
    }
    expect(codes).toEqual([2, 2, 2]);
    const { stdout } = await run("list", "--token", "acme", "--pin-file", hsm.pinFile, "--json");
    expect(stdout).not.toContain('"00e');
  });
});

describe("attestor hsm rotate, of a sealed key", () => {
  let sealed: TestSealedKey;
  let config: string;
  let policy: string;
  const scheme = "verulink-aleo-schnorr";

  /** Writes signer.yaml and policy.yaml of a signer whose one attesting key is sealed. */
  beforeAll(() => {
    sealed = sealKey(hsm, "to-aleo", "00a0", { deployment: "local", destination: 2n });
    config = path.join(world.folder, "sealed.yaml");
    policy = path.join(world.folder, "sealed-policy.yaml");
    write([entryOf(sealed)]);
  });
  const entryOf = ({ spec }: TestSealedKey) => ({ ...spec, destination: 2 });
  const write = (keys: readonly object[], successors: readonly object[] = []) => {
    const [, audit] = world.settings.keys;
    writeFileSync(config, stringifyJson({ ...world.settings, policy, keys: [...keys, audit] }));
    const { destination } = aleoRoute();
    const places = { source: world.policy.routes[0].destination, destination: { ...destination, chainId: 2 } };
    const route = { name: "one-to-aleo", deployment: "local", scheme, key: "to-aleo", ...places };
    const clients = [{ ...world.policy.clients[0], routes: ["one-to-aleo"], schemes: [scheme] }];
    const routes = [{ ...route, ...(successors.length > 0 && { successors }) }];
    writeFileSync(policy, stringifyJson({ ...world.policy, clients, routes }));
  };
  const rotate = (...words: string[]) =>
    run("rotate", "--config", config, "--key", "to-aleo", "--from", "one-to-aleo=50", ...words);

  it("seals the successor by an AES key of its own, and a keeper signs with both by what it prints", async () => {
    const sealedFile = path.join(hsm.folder, "to-aleo-b.json");
    const words = ["--label", "to-aleo-b", "--id", "00a1", "--sealed-file", sealedFile];
    const { code, stdout, stderr } = await rotate(...words, "--json");
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    const { key, address, activations } = JSON.parse(stdout);
    expect(key).toMatchObject({
      ...{ name: "to-aleo-b", succeeds: "to-aleo", scheme, custody: "sealed-software", publicKey: address },
      ...{ deployment: "local", destination: "2" },
    });
    expect(activations).toEqual([{ route: "one-to-aleo", fromSequence: "50" }]);
    expect(isAleoAddress(address)).toBe(true);
    expect(address).not.toBe(sealed.spec.publicKey);
    expect(key.uri).toMatch(/^aleo-sealed:.*id=%00%A1;.*sealed-file=.*to-aleo-b\.json$/i);

    write([entryOf(sealed), { ...key, destination: 2 }], [{ key: "to-aleo-b", fromSequence: 50 }]);
    expect(await attestorHere(["policy", "check", policy, "--config", config])).toMatchObject({ code: 0, stderr: "" });
    const { name, uri, publicKey, custody } = key;
    const successor = { ...sealed.spec, name, uri, publicKey, custody };
    const keeper = await keeperOf(hsm, { keys: [sealed.spec, successor] });
    try {
      const packet = aleoPacket();
      for (const spec of [sealed.spec, successor]) {
        const { digest, signature } = await keeper.attest({ key: spec.name, packet, verdict: "white" });
        expect(attestationSigner(signature, digest)).toBe(spec.publicKey);
      }
    } finally {
      await keeper.close();
    }
  });

  it("prints what signer.yaml, policy.yaml, chain.yaml and collector.yaml get, by the accounts' addresses", async () => {
    write([entryOf(sealed)]);
    const sealedFile = path.join(hsm.folder, "to-aleo-c.json");
    const { stdout } = await rotate("--label", "to-aleo-c", "--id", "00a2", "--sealed-file", sealedFile);
    const address = /^address (aleo1\w+)$/m.exec(stdout)?.[1];
    expect(stdout).toContain('custody: "sealed-software"');
    expect(stdout).toContain(
      `# chain.yaml, route one-to-aleo\nsuccessors:\n  - attestor: "${address}"\n    fromSequence: 50`,
    );
    expect(stdout).toContain(`    succeeds: "${sealed.spec.publicKey}"\n    fromSequence: 50`);
  });

  it("generates nothing without a file for the seed, over one that is there, or with one for a key in a device", async () => {
    write([entryOf(sealed)]);
    const words = ["--label", "to-aleo-d", "--id", "00a3"];
    const without = await rotate(...words);
    expect(without).toMatchObject({ code: 2, stderr: expect.stringContaining("say with --sealed-file FILE where") });
    const over = await rotate(...words, "--sealed-file", sealed.sealedFile);
    expect({ ...over, stdout: "" }).toMatchObject({ code: 1, stderr: expect.stringContaining("exists already") });
    const device = ["--key", "to-one", "--from", "two-to-one=50", ...words, "--sealed-file", "/nowhere"];
    expect(await run("rotate", "--config", world.configFile, ...device)).toMatchObject({
      code: 2,
      stderr: expect.stringContaining("--sealed-file is for a sealed key, and to-one is none"),
    });
    const { stdout } = await run("list", "--token", "acme", "--pin-file", hsm.pinFile, "--json");
    expect(stdout).not.toContain("to-aleo-d");
  });
});
