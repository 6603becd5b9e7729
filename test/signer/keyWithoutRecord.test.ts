import { rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startKeeper } from "../../hsm/index.ts";
import { bindKeysToLedger } from "../../hsm/provisioning/index.ts";
import { stringifyJson } from "../../shared/json/index.ts";
import { createLogger } from "../../shared/log/index.ts";
import { attestationToWire } from "../../shared/wire/index.ts";
import { createState, readPolicyFile, startSigner } from "../../signer/index.ts";
import { withSoftHsmEnvironment } from "../hsm/support/inToken.ts";
import { attestorHere } from "../support/attestorHere.ts";
import type { Settings, SignerWorld } from "../support/signerWorld.ts";
import type { SoftHsm } from "../support/softhsm.ts";
import { createHsmWorld } from "./hsmWorld.ts";
import { sampleRequest } from "./samples.ts";

/** A SoftHSM token that is used as a YubiHSM's: its key fits that profile's demands, and no object may be put beside it. */
let hsm: SoftHsm;
let world: SignerWorld;
let ledger: string;

beforeAll(async () => {
  ({ hsm, world } = await createHsmWorld({
    change: (settings) => {
      settings.keys[1].uri += "&x-vendor=yubihsm";
    },
  }));
  Object.assign(process.env, hsm.env);
  const file = path.join(world.folder, "ledger.sqlite");
  rmSync(file);
  ledger = createState(file, "token", readPolicyFile(world.policyFile)); // as it is made where only the first key is there
  const [first] = world.settings.keys;
  withSoftHsmEnvironment(hsm, () => bindKeysToLedger({ keys: [first], ledger, latchFolder: world.folder }));
});
afterAll(async () => {
  await world.close();
  hsm.remove();
});

async function run(action: string, config: string, ...words: string[]) {
  const said = await attestorHere(["ledger", action, "--config", config, "--json", ...words]);
  return { ...said, answer: said.code === 0 ? JSON.parse(said.stdout) : undefined };
}

describe("a key in a token without data objects, added to a ledger that tokens name", () => {
  it("is named by `ledger bind`, which leaves its token as it is", async () => {
    const bound = await run("bind", world.configFile);
    expect(bound.answer).toEqual({ ledger, bound: [], withoutRecord: ["to-two"] });
  });

  it("signs, and at every start the signer warns that its device names no ledger", async () => {
    for (const start of [1, 2]) {
      await world.start();
      const warnings = world.log
        .map((line) => JSON.parse(line))
        .filter(({ msg }) => msg === "the token does not say which ledger the key belongs to");
      expect(warnings, `start ${start}`).toHaveLength(start);
      expect(warnings.at(-1)).toMatchObject({ level: "warn", key: "to-two", ledger });
    }
    const client = await world.client();
    const { status, body } = await client.request("POST", "/v1/attestations", attestationToWire(sampleRequest()));
    expect({ status, body }).toMatchObject({ status: 200, body: { attestation: { signer: hsm.keys[1]?.address } } });
    await world.signer.stop();
  });
});

describe("a key that its token gives to another ledger", () => {
  it("is not hidden by naming another vendor in its URI", async () => {
    const settings: Settings = structuredClone(world.settings);
    settings.keys[0].uri += "&x-vendor=yubihsm";
    settings.ledger = "second.sqlite";
    const disguised = path.join(world.folder, "disguised.yaml");
    writeFileSync(disguised, stringifyJson(settings));
    const { code, stderr } = await run("init", disguised);
    expect({ code, stderr }).toMatchObject({ code: 1, stderr: expect.stringContaining(`belongs to ledger ${ledger}`) });

    const logger = createLogger({ service: "test", level: "error" }, { write: () => {} });
    const environment = { ...process.env, ...hsm.env };
    const inToken: typeof startKeeper = (options) => startKeeper({ ...options, environment });
    createState(path.join(world.folder, "second.sqlite"), "database", readPolicyFile(world.policyFile));
    await expect(startSigner(disguised, { logger, startKeeper: inToken })).rejects.toMatchObject({
      code: "ledger_mismatch",
      data: { key: "to-one", found: `ledger ${ledger}` },
    });
  });
});
