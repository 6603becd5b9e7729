import { existsSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { attestationToWire } from "../../shared/wire/index.ts";
import { createHsmWorld } from "../signer/hsmWorld.ts";
import { sampleRequest } from "../signer/samples.ts";
import { attestor } from "../support/attestor.ts";
import { attestorHere } from "../support/attestorHere.ts";
import type { SignerWorld } from "../support/signerWorld.ts";
import type { SoftHsm } from "../support/softhsm.ts";

let hsm: SoftHsm;
let world: SignerWorld;
let file: string;

beforeAll(async () => {
  ({ hsm, world } = await createHsmWorld());
  Object.assign(process.env, hsm.env);
  file = path.join(world.folder, "ledger.sqlite");
  rmSync(file);
  writePolicyOfFirstKey();
});
afterAll(async () => {
  await world.close();
  hsm.remove();
});

const run = (...words: string[]) => attestorHere(["ledger", ...words]);
/** In a process of its own, which has to end. */
const runAlone = (...words: string[]) => attestor(["ledger", ...words], { environment: hsm.env });
const init = (...words: string[]) => run("init", "--config", world.configFile, "--json", ...words);

/** A configuration file with some of the world's keys. */
function configWith(keys: number[], changes: object = {}): string {
  const name = path.join(world.folder, `keys-${keys.join("-")}.yaml`);
  const chosen = [...keys, 2].map((index) => world.settings.keys[index]); // the third is the audit key
  writeFileSync(name, JSON.stringify({ ...world.settings, keys: chosen, ...changes }));
  return name;
}

/** The world's policy without the routes of its second key, so that it fits the first one alone. */
function writePolicyOfFirstKey(): void {
  const { name } = world.settings.keys[0];
  const routes = world.policy.routes.filter((route: { key: string }) => route.key === name);
  const clients = [{ ...world.policy.clients[0], routes: routes.map((route: { name: string }) => route.name) }];
  writeFileSync(world.policyFile, JSON.stringify({ ...world.policy, routes, clients }));
}

describe("attestor ledger", () => {
  let ledger: string;

  it("init creates the ledger and writes its id into the token, for the keys that there are", async () => {
    const { code, stdout, stderr } = await runAlone("init", "--config", configWith([0]), "--json");
    expect(stderr).toBe("");
    expect(code).toBe(0);
    const made = JSON.parse(stdout);
    expect(made).toEqual({ ledger: expect.stringMatching(/^[0-9a-f]{32}$/), file, withoutRecord: [] });
    ledger = made.ledger;
  });

  it("keeps the signer from starting with a key that is not bound yet; bind binds it", async () => {
    await expect(world.start()).rejects.toMatchObject({ code: "ledger_mismatch", data: { found: "no ledger" } });
    const { stdout } = await runAlone("bind", "--config", world.configFile, "--json");
    expect(JSON.parse(stdout)).toEqual({ ledger, bound: ["to-two"], withoutRecord: [] });
    await world.start();
    const running = await runAlone("bind", "--config", world.configFile);
    expect(running.stderr).toContain("is in use by another process");
    await world.signer.stop();
  });

  it("init never makes a second ledger for the keys, in this file or another", async () => {
    const again = await init();
    expect(again.code).toBe(1);
    expect(again.stderr).toContain("exists already; it is left as it is");
    const elsewhere = path.join(world.folder, "second.sqlite");
    const second = await run("init", "--config", configWith([0, 1], { ledger: elsewhere }));
    expect(second.code).toBe(1);
    expect(second.stderr).toContain(`belongs to ledger ${ledger}, its token says; if that ledger is lost`);
    expect(existsSync(elsewhere)).toBe(false);
  });

  it("keeps the signer from starting with another ledger than its keys belong to", async () => {
    renameSync(file, `${file}.old`);
    const { stdout, code } = await init("--replace", ledger);
    expect(code).toBe(0);
    const newer = JSON.parse(stdout).ledger;
    expect(newer).not.toBe(ledger);
    await expect(world.start()).rejects.toThrow(`is of ledger ${ledger}, and this is ${newer}; move it away`);
    rmSync(path.join(world.folder, "checkpoints.jsonl"));
    await world.start();
    await world.signer.stop();
    renameSync(`${file}.old`, file);
    await expect(world.start()).rejects.toMatchObject({
      code: "ledger_mismatch",
      data: { expected: ledger, found: `ledger ${newer}` },
    });
  });

  it("leaves no file behind if the token cannot be used", async () => {
    rmSync(file);
    const locked = path.join(world.folder, "no-pin.yaml");
    const keys = world.settings.keys.map((key: { uri: string }) => ({
      ...key,
      uri: key.uri.replace(/pin-source=.*$/, "pin-source=file:/none"),
    }));
    writeFileSync(locked, JSON.stringify({ ...world.settings, keys }));
    const { code, stderr } = await run("init", "--config", locked);
    expect(code).toBe(1);
    expect(stderr).toContain("/none");
    expect(existsSync(file)).toBe(false);
  });
});

describe("attestor ledger export, import and verify", () => {
  const inFolder = (name: string) => path.join(world.folder, name);

  it("carry the history over to another ledger, whole or as a watermark", async () => {
    const request = attestationToWire(sampleRequest());
    writeFileSync(world.policyFile, JSON.stringify(world.policy));
    await init("--replace", await boundLedger());
    rmSync(inFolder("checkpoints.jsonl"), { force: true });
    await world.start();
    const first = await (await world.client()).request("POST", "/v1/attestations", request);
    expect(first.status).toBe(200);
    const busy = await runAlone("export", "--ledger", file, "--out", inFolder("busy.json"));
    expect(busy.stderr).toContain("is in use by another process");
    expect(existsSync(inFolder("busy.json"))).toBe(false);
    await world.signer.stop();

    for (const [name, ...form] of [["full.json"], ["minimal.json", "--minimal"]]) {
      const made = await runAlone("export", "--ledger", file, "--out", inFolder(name ?? ""), ...form);
      expect(made).toMatchObject({ code: 0, stderr: "" });
      const checked = await runAlone("verify", inFolder(name ?? ""), "--json");
      expect(JSON.parse(checked.stdout)).toMatchObject({ sound: true, ledger: await boundLedger() });
    }
    expect((await run("export", "--ledger", file, "--out", inFolder("full.json"))).stderr).toContain("cannot be made");

    for (const [name, expected] of [
      ["minimal.json", { status: 403, body: { code: "closed_by_import", outcome: "denied" } }],
      ["full.json", first],
    ] as const) {
      renameSync(file, `${file}.${name}`);
      rmSync(inFolder("checkpoints.jsonl"));
      await init("--replace", await boundLedger());
      const imported = await runAlone("import", inFolder(name), "--ledger", file, "--json");
      expect(imported).toMatchObject({ code: 0, stderr: "" });
      expect(JSON.parse((await run("verify", file, "--json")).stdout)).toMatchObject({ sound: true, problems: [] });
      await world.start();
      expect(await (await world.client()).request("POST", "/v1/attestations", request)).toMatchObject(expected);
      await world.signer.stop();
    }
  });

  it("import refuses a file that is changed, and takes nothing of it", async () => {
    const changed = inFolder("changed.json");
    writeFileSync(changed, readFileSync(inFolder("full.json"), "utf8").replace('"amount":"10"', '"amount":"11"'));
    const { code, stderr } = await run("import", changed, "--ledger", file);
    expect(code).toBe(1);
    expect(stderr).toContain("records.0: packetHash is not that of the packet (packet 1/2/7)");
    expect((await run("verify", changed)).code).toBe(1);
    expect((await run("verify", inFolder("none.json"))).code).toBe(2);
  });

  /** The id that the keys are bound to, as the refusal to make another ledger tells it. */
  async function boundLedger(): Promise<string> {
    const { stderr } = await run("init", "--config", configWith([0, 1], { ledger: inFolder("never.sqlite") }));
    return /belongs to ledger ([0-9a-f]{32})/.exec(stderr)?.[1] ?? "";
  }
});
