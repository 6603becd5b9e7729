import { copyFileSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { AnyKeySpec } from "../../../hsm/index.ts";
import { planKeys, sealedPlans } from "../../../hsm/keeper/keyPlan.ts";
import { unsealKeys } from "../../../hsm/sealed/unsealKeys.ts";
import { accountOfSeed } from "../../../shared/aleo/index.ts";
import { createSoftHsm, type SoftHsm } from "../../support/softhsm.ts";
import { withSoftHsmEnvironment } from "../support/inToken.ts";
import { specOf } from "../support/keepers.ts";
import { sealKey, type TestSealedKey } from "../support/sealedKey.ts";

let hsm: SoftHsm;
let key: TestSealedKey;
let other: TestSealedKey;

beforeAll(async () => {
  hsm = await createSoftHsm({ keys: [{ label: "key", id: "0001" }] });
  key = sealKey(hsm, "aleo", "0002");
  other = sealKey(hsm, "other", "0003", { destination: 9n });
});

afterAll(() => hsm.remove());

/** The addresses whose seeds the token opens, in order. */
function opened(...keys: AnyKeySpec[]): string[] {
  const addresses: string[] = [];
  withSoftHsmEnvironment(hsm, () =>
    unsealKeys({
      plans: sealedPlans(planKeys(keys)),
      ...{ stateFolder: path.join(hsm.folder, "state"), environment: {} },
      deliver: (seed) => addresses.push(accountOfSeed(seed).address),
    }),
  );
  return addresses;
}

describe("unsealing", () => {
  it("gives each key's seed in order", () => {
    expect(opened(other.spec, key.spec)).toEqual([other.spec.publicKey, key.spec.publicKey]);
  });

  it.each<[string, (spec: TestSealedKey["spec"]) => TestSealedKey["spec"], string]>([
    ["another deployment", (spec) => ({ ...spec, deployment: "else" }), "does not open"],
    ["another destination", (spec) => ({ ...spec, destination: 3n }), "does not open"],
    ["another address", (spec) => ({ ...spec, publicKey: other.spec.publicKey }), "the configuration pins aleo1"],
    ["another AES key", (spec) => ({ ...spec, uri: spec.uri.replace("%00%02", "%00%03") }), "sealed by AES key 0x0002"],
    ["no file", (spec) => ({ ...spec, uri: `${spec.uri}.none` }), "cannot be opened (ENOENT)"],
  ])("refuses it for %s", (_what, change, message) => {
    expect(() => opened(change(key.spec))).toThrow(message);
  });

  it("refuses another key's file under its own address", () => {
    const swapped = `${key.sealedFile}.swapped`;
    const text = readFileSync(other.sealedFile, "utf8");
    writeFileSync(swapped, text.replaceAll(other.spec.publicKey, key.spec.publicKey).replace("0x0003", "0x0002"), {
      mode: 0o600,
    });
    const uri = key.spec.uri.replace(encodeURI(key.sealedFile), encodeURI(swapped));
    expect(uri).not.toBe(key.spec.uri);
    expect(() => opened({ ...key.spec, uri })).toThrow("does not open");
  });

  it("refuses it twice, and a key that says another custody than its URI", () => {
    expect(() => opened(key.spec, { ...key.spec, name: "again" })).toThrow("is that of key aleo too");
    const { uri, publicKey } = specOf(hsm, 0);
    expect(() => opened({ ...key.spec, uri })).toThrow("must be aleo-sealed:");
    expect(() => opened({ ...specOf(hsm, 0), uri: key.spec.uri, publicKey })).toThrow("names a sealed key");
  });

  it("opens it again from a copy of the file: the backup needs the file and the token", () => {
    const copy = `${key.sealedFile}.copy`;
    copyFileSync(key.sealedFile, copy);
    const uri = key.spec.uri.replace(encodeURI(key.sealedFile), encodeURI(copy));
    expect(opened({ ...key.spec, uri })).toEqual([key.spec.publicKey]);
  });
});
