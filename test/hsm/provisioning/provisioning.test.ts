import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { parseKeyUri } from "../../../hsm/index.ts";
import {
  findSoftHsmModule,
  generateKey,
  initialiseToken,
  type KeyRequest,
  listKeys,
  readPinFile,
  type UserPin,
} from "../../../hsm/provisioning/index.ts";
import { Secret } from "../../../shared/config/index.ts";
import { createSoftHsm, type SoftHsm } from "../../support/softhsm.ts";
import { demanded, generateForeignKey, importKey, inToken, withSoftHsmEnvironment } from "../support/inToken.ts";
import { keeperOf, specOf } from "../support/keepers.ts";

const hsmModule = findSoftHsmModule();
let hsm: SoftHsm;
let pin: Secret;
let userPin: UserPin;

beforeAll(async () => {
  hsm = await createSoftHsm({ keys: [{ label: "first", id: "0001" }] });
  userPin = readPinFile(hsm.pinFile);
  pin = userPin.value;
});

afterAll(() => hsm.remove());

const inHsm = <T>(run: () => T): T => withSoftHsmEnvironment(hsm, run);
const thrownBy = (run: () => unknown): unknown => {
  try {
    return run();
  } catch (error) {
    return error;
  }
};
const request = () => ({ module: hsm.module, token: hsm.token, pin: userPin, pinFile: hsm.pinFile });

describe("initialiseToken", () => {
  const initialise = (label: string, changes: { pin?: Secret; securityOfficerPin?: Secret } = {}) =>
    inHsm(() => initialiseToken({ module: hsm.module, label, pin, securityOfficerPin: pin, ...changes }));

  it("makes a token, up to a label of 32 bytes, and returns its names", () => {
    const label = `fünfzehn-${"x".repeat(22)}`;
    expect(Buffer.byteLength(label)).toBe(32);
    expect(initialise(label)).toEqual({
      label,
      serial: expect.stringMatching(/^[0-9a-f]{16}$/),
      manufacturer: "SoftHSM project",
      model: "SoftHSM v2",
      firmware: expect.stringMatching(/^2\.\d+$/),
    });
  });

  it("leaves a token that exists as it is", () => {
    expect(() => initialise(hsm.token)).toThrow(expect.objectContaining({ code: "conflict" }));
    expect(() => initialise(hsm.token)).toThrow(hsm.serial);
    expect(inHsm(() => listKeys(request()))).toHaveLength(1);
  });

  it.each([
    ["an empty label", ""],
    ["a label of 33 bytes", "x".repeat(33)],
    ["a label with a blank at its end, which the token would lose", "signer "],
    ["a label with a NUL", "sig\0ner"],
  ])("refuses %s", (_what, label) => {
    expect(() => initialise(label)).toThrow(
      expect.objectContaining({ code: "invalid_field", data: expect.objectContaining({ field: "label" }) }),
    );
  });

  it("refuses a PIN that the token would not take, before it makes anything", () => {
    const short = new Secret("123");
    expect(() => initialise("short", { pin: short })).toThrow("pin: must be 4 to 255 bytes long for this token");
    expect(() => initialise("short", { securityOfficerPin: short })).toThrow("securityOfficerPin: must be 4 to 255");
    initialise("short");
  });
});

describe("generateKey", () => {
  const generate = (id: string, label: string, changes: { pin?: UserPin; token?: string } = {}) =>
    inHsm(() => generateKey({ ...request(), id, label, ...changes }));

  it("makes a key that the keeper takes, named by the URI that it returns", async () => {
    const key = generate("00aB", "made here");
    expect(parseKeyUri(key.uri)).toEqual({
      ...{ module: hsm.module, token: hsm.token, serial: hsm.serial, object: "made here" },
      ...{ id: Uint8Array.of(0, 0xab), pinSource: { file: hsm.pinFile } },
    });
    const keys = [specOf(hsm, 0, { name: "made", uri: key.uri, publicKey: key.publicKey })];
    const keeper = await keeperOf(hsm, { keys });
    expect(keeper.keys()).toMatchObject([{ address: key.address, attributes: key.attributes }]);
    await keeper.close();
  });

  it.each<[string, Partial<KeyRequest>, string]>([
    ["a label that is longer in bytes than in characters", { label: "é".repeat(200) }, "at most 255 bytes"],
    ["a library by a relative path", { module: path.relative("", hsmModule) }, "module-path must be an absolute path"],
    ["a PIN file by a relative path", { pinFile: "pin" }, "pin-source must be an absolute path"],
  ])("makes no key that no configuration could name: %s", (_what, changes, refusal) => {
    const before = inHsm(() => listKeys(request())).length;
    const attempt = () => inHsm(() => generateKey({ ...request(), id: "0077", label: "nameless", ...changes }));
    expect(attempt).toThrow(refusal);
    expect(inHsm(() => listKeys(request()))).toHaveLength(before);
  });

  it("refuses an id or label that is taken, by either half of a pair", () => {
    expect(() => generate("0001", "new")).toThrow("has a key with id 0001 and label first already");
    expect(() => generate("0099", "first")).toThrow(expect.objectContaining({ code: "conflict" }));
  });

  it.each(["", "1", "01", "000001", "00g1", "0x01", " 001"])("refuses the id %j", (id) => {
    expect(() => generate(id, "new")).toThrow("id: must be 4 hex digits");
  });

  it("refuses a wrong PIN without showing it, and a token that is not there", () => {
    const wrong = { ...userPin, value: new Secret("86421357"), version: "wrong" };
    const refused = [0, 1].map(() => thrownBy(() => generate("0005", "new", { pin: wrong })));
    expect(refused).toMatchObject([{ code: "pin_rejected" }, { code: "pin_latched" }]);
    expect(JSON.stringify(refused.map(String))).not.toContain("8642");
    expect(
      inHsm(() => listKeys(request())),
      "the right one is taken, and all is forgotten",
    ).not.toEqual([]);
    expect(thrownBy(() => generate("0005", "new", { pin: wrong }))).toMatchObject({ code: "pin_rejected" });
    inHsm(() => listKeys(request()));
    expect(() => generate("0005", "new", { token: "none" })).toThrow(
      expect.objectContaining({ code: "token_missing" }),
    );
  });

  it("makes a key that can neither be changed, copied nor destroyed, nor read", () => {
    generate("0006", "kept");
    inToken(hsm, (cryptoki, session) => {
      cryptoki.C_FindObjectsInit(session, [
        { type: 0x3, value: Buffer.from("kept") },
        { type: 0, value: Buffer.of(3, 0, 0, 0, 0, 0, 0, 0) },
      ]);
      const [key] = cryptoki.C_FindObjects(session, 2);
      cryptoki.C_FindObjectsFinal(session);
      if (!key) throw new Error("the key is not there");
      expect(() => cryptoki.C_GetAttributeValue(session, key, [{ type: 0x11 }])).toThrow("CKR_ATTRIBUTE_SENSITIVE");
      expect(() => cryptoki.C_SetAttributeValue(session, key, [{ type: 0x10c, value: true }])).toThrow(/CKR_/);
      expect(() => cryptoki.C_CopyObject(session, key, [])).toThrow(/CKR_/);
      expect(() => cryptoki.C_DestroyObject(session, key)).toThrow(/CKR_/);
    });
    expect(inHsm(() => listKeys(request())).map(({ label }) => label)).toContain("kept");
  });
});

describe("listKeys", () => {
  it("shows each private key, its address, and why the keeper would refuse it", () => {
    generateForeignKey(hsm, { id: "0030", label: "extractable", template: { ...demanded, CKA_EXTRACTABLE: true } });
    importKey(hsm, { id: "0031", label: "imported", template: demanded });
    const keys = inHsm(() => listKeys(request()));
    const byLabel = Object.fromEntries(keys.map((key) => [key.label, key]));
    expect(byLabel.first).toMatchObject({
      id: "0001",
      address: hsm.keys[0]?.address,
      publicKey: hsm.keys[0]?.publicKey,
      unmet: [],
      usable: true,
    });
    expect(byLabel.extractable).toMatchObject({ id: "0030", usable: false });
    expect(byLabel.extractable?.unmet.map(({ attribute }) => attribute)).toEqual([
      "CKA_EXTRACTABLE",
      "CKA_NEVER_EXTRACTABLE",
    ]);
    expect(byLabel.imported?.unmet.map(({ attribute }) => attribute)).toEqual([
      ...["CKA_ALWAYS_SENSITIVE", "CKA_NEVER_EXTRACTABLE", "CKA_LOCAL", "CKA_KEY_GEN_MECHANISM"],
    ]);
  });
});

describe("provisioning", () => {
  it("can go from one token folder to another in one process", () => {
    const folder = path.join(hsm.folder, "elsewhere");
    mkdirSync(path.join(folder, "tokens"), { recursive: true });
    const confFile = path.join(folder, "softhsm2.conf");
    writeFileSync(confFile, `directories.tokendir = ${path.join(folder, "tokens")}\nlog.level = ERROR\n`);
    const made = withSoftHsmEnvironment({ confFile }, () => {
      initialiseToken({ module: hsm.module, label: "elsewhere", pin, securityOfficerPin: pin });
      return generateKey({ ...request(), token: "elsewhere", id: "0001", label: "first" });
    });
    expect(made.address).not.toBe(hsm.keys[0]?.address);
    expect(() => inHsm(() => listKeys({ ...request(), token: "elsewhere" }))).toThrow(
      "Token elsewhere: the module does not show it",
    );
  });
});

describe("findSoftHsmModule", () => {
  it("finds the installed module, which is a library", () => {
    expect(readFileSync(findSoftHsmModule({})).subarray(1, 4).toString()).toMatch(/ELF|\xfa\xed\xfe/);
  });

  it("takes SOFTHSM2_MODULE before all guesses, and says so where it names nothing", () => {
    expect(findSoftHsmModule({ SOFTHSM2_MODULE: import.meta.filename })).toBe(import.meta.filename);
    expect(() => findSoftHsmModule({ SOFTHSM2_MODULE: "/nowhere.so" })).toThrow("SOFTHSM2_MODULE names /nowhere.so");
  });
});
