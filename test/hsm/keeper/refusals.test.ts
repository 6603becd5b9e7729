import { chmodSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { formatKeyUri, type KeySpec, type KeyUri, parseKeyUri } from "../../../hsm/index.ts";
import { createSoftHsm, type SoftHsm } from "../../support/softhsm.ts";
import { demanded, generateForeignKey, importKey } from "../support/inToken.ts";
import { keeperOf, specOf } from "../support/keepers.ts";

let hsm: SoftHsm;

beforeAll(async () => {
  hsm = await createSoftHsm({
    keys: [
      { label: "good", id: "0001" },
      { label: "other", id: "0002" },
    ],
  });
});

afterAll(() => hsm.remove());

/** Starts a keeper that must not start, and returns why. */
async function refusal(...keys: KeySpec[]): Promise<unknown> {
  const outcome = await keeperOf(hsm, { keys }).then(
    async (keeper) => keeper.close(),
    (error: unknown) => error,
  );
  expect(outcome, "the keeper started").toBeDefined();
  return outcome;
}

const withUri = (changes: Partial<KeyUri>, index = 0) => {
  const spec = specOf(hsm, index);
  return { ...spec, uri: formatKeyUri({ ...parseKeyUri(spec.uri), ...changes }) };
};

describe("a keeper does not start", () => {
  it("without a key", async () => {
    expect(await refusal()).toMatchObject({ code: "invalid_field", data: { field: "keys" } });
  });

  it("with a URI that is not one", async () => {
    const error = await refusal(specOf(hsm, 0, { uri: "pkcs11:token=x" }));
    expect(error).toMatchObject({ code: "invalid_field", data: { field: "keys.good.uri" } });
  });

  it("with a public key that is no point of the curve", async () => {
    const error = await refusal(specOf(hsm, 0, { publicKey: `0x04${"11".repeat(64)}` }));
    expect(error).toMatchObject({ code: "invalid_field", data: { field: "keys.good.publicKey" } });
  });

  it("with one key under two names, because a key has one use", async () => {
    const error = await refusal(specOf(hsm, 0), specOf(hsm, 0, { name: "again", destination: 2n }));
    expect(error).toMatchObject({ code: "invalid_field", data: { field: "keys.again.publicKey" } });
  });

  it("with two keys of one name", async () => {
    const error = await refusal(specOf(hsm, 0), specOf(hsm, 1, { name: "good" }));
    expect(error).toMatchObject({ code: "invalid_field", data: { field: "keys.good.name" } });
  });

  it("with a module that does not exist", async () => {
    expect(await refusal(withUri({ module: "/nowhere/m.so" }))).toMatchObject({
      code: "module_unusable",
      data: { reason: "there is no file /nowhere/m.so" },
    });
  });

  it("with a file that is no PKCS#11 module", async () => {
    const text = path.join(hsm.folder, "text.so");
    writeFileSync(text, "not a library");
    const error = await refusal(withUri({ module: text }));
    expect(error).toMatchObject({
      code: "module_unusable",
      message: expect.stringContaining("is not a PKCS#11 library"),
    });
  });

  it("with a token that is not there", async () => {
    const error = await refusal(withUri({ token: "elsewhere" }));
    expect(error).toMatchObject({
      code: "token_missing",
      data: { reason: "the module does not show it; it shows test" },
    });
  });

  it("with a token of the right label and another serial number", async () => {
    const error = await refusal(withUri({ serial: "0000" }));
    expect(error).toMatchObject({ code: "token_missing", message: expect.stringContaining(hsm.serial) });
  });

  it("with a PIN file that others can read, or that is missing", async () => {
    chmodSync(hsm.pinFile, 0o644);
    expect(await refusal(specOf(hsm, 0))).toMatchObject({ code: "pin_unreadable", data: { location: hsm.pinFile } });
    chmodSync(hsm.pinFile, 0o600);
    const pinSource = { file: path.join(hsm.folder, "none") };
    expect(await refusal(withUri({ pinSource }))).toMatchObject({ code: "pin_unreadable" });
  });

  it.each([
    ["id", { id: Uint8Array.of(0, 9) }],
    ["label", { object: "nobody" }],
    ["id together with this label", { object: "other" }],
  ])("with a key of which the token has no such %s", async (_what, changes) => {
    const error = await refusal(withUri(changes));
    expect(error).toMatchObject({
      code: "key_missing",
      data: { key: "good" },
      message: expect.stringContaining("no private key"),
    });
  });

  it("with another public key pinned than the token holds", async () => {
    const [good, other] = hsm.keys;
    const error = await refusal(specOf(hsm, 0, { publicKey: specOf(hsm, 1).publicKey }));
    expect(error).toMatchObject({
      code: "key_mismatch",
      data: { key: "good", expected: other?.address, found: good?.address },
    });
  });

  it("with an id and label that two keys share", async () => {
    const spec = generateForeignKey(hsm, { id: "0010", label: "twin", template: demanded });
    generateForeignKey(hsm, { id: "0010", label: "twin", template: demanded });
    expect(await refusal(spec)).toMatchObject({
      code: "key_missing",
      message: expect.stringContaining("has 2 private keys"),
    });
  });

  it.each([
    ["CKA_EXTRACTABLE", true, "true"],
    ["CKA_SENSITIVE", false, "false"],
    ["CKA_PRIVATE", false, "false"],
    ["CKA_SIGN_RECOVER", true, "true"],
    ["CKA_DECRYPT", true, "true"],
    ["CKA_UNWRAP", true, "true"],
    ["CKA_DERIVE", true, "true"],
    ["CKA_MODIFIABLE", true, "true"],
    ["CKA_COPYABLE", true, "true"],
    ["CKA_DESTROYABLE", true, "true"],
    [
      "CKA_ALLOWED_MECHANISMS",
      Uint8Array.of(0x41, 0x10, 0, 0, 0, 0, 0, 0, 0x42, 0x10, 0, 0, 0, 0, 0, 0),
      "0x41100000000000004210000000000000",
    ],
    ["CKA_ALLOWED_MECHANISMS", Uint8Array.of(0x42, 0x10, 0, 0, 0, 0, 0, 0), "0x4210000000000000"],
  ] as const)("with a key whose %s is %s", async (attribute, value, found) => {
    const name = `${attribute.slice(4).toLowerCase()}-${String(value).length}`;
    const template = { ...demanded, [attribute]: value };
    const error = await refusal(generateForeignKey(hsm, { id: "0020", label: name, template }));
    expect(error).toMatchObject({ code: "key_attribute", data: { key: name, attribute, found } });
  });

  it("with a key that is restricted to no mechanism", async () => {
    const { CKA_ALLOWED_MECHANISMS: _, ...template } = demanded;
    const error = await refusal(generateForeignKey(hsm, { id: "0021", label: "unrestricted", template }));
    expect(error).toMatchObject({
      code: "key_attribute",
      data: { attribute: "CKA_ALLOWED_MECHANISMS", found: "empty" },
    });
  });

  it("with a key that was imported, whatever else it states", async () => {
    const error = await refusal(importKey(hsm, { id: "0022", label: "imported", template: demanded }));
    expect(error).toMatchObject({ code: "key_attribute", data: { attribute: "CKA_ALWAYS_SENSITIVE", found: "false" } });
  });

  it("with a key on another curve", async () => {
    const prime256v1 = Buffer.from("06082a8648ce3d030107", "hex");
    const foreign = generateForeignKey(hsm, { id: "0023", label: "p256", template: demanded, curve: prime256v1 });
    const error = await refusal({ ...foreign, publicKey: specOf(hsm, 0).publicKey });
    expect(error).toMatchObject({
      code: "key_attribute",
      data: { attribute: "CKA_EC_PARAMS", found: "0x06082a8648ce3d030107" },
    });
  });

  it("with keys of which only one is bad", async () => {
    const bad = generateForeignKey(hsm, { id: "0024", label: "bad", template: { ...demanded, CKA_DERIVE: true } });
    expect(await refusal(specOf(hsm, 0), bad)).toMatchObject({ code: "key_attribute", data: { key: "bad" } });
  });

  it("and starts once what was wrong is put right", async () => {
    rmSync(path.join(hsm.folder, "text.so"));
    await (await keeperOf(hsm)).close();
  });
});
