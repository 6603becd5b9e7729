import { randomBytes } from "node:crypto";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { parseKeyUri } from "../../../hsm/index.ts";
import { PinLatch } from "../../../hsm/pin/pinLatch.ts";
import { type Cryptoki, loadCryptoki } from "../../../hsm/pkcs11/cryptoki.ts";
import { logIn } from "../../../hsm/pkcs11/login.ts";
import { OpenToken } from "../../../hsm/pkcs11/openToken.ts";
import { findToken } from "../../../hsm/pkcs11/token.ts";
import { softHsm } from "../../../hsm/pkcs11/vendors/softHsm.ts";
import { readPinFile } from "../../../hsm/provisioning/index.ts";
import { publicKeyFromHex, recoverableSignature } from "../../../shared/ecdsa/index.ts";
import { createFaultyModule, type FaultyModule } from "../../support/native/faultyModule.ts";
import { createSoftHsm, type SoftHsm } from "../../support/softhsm.ts";
import { withSoftHsmEnvironment } from "../support/inToken.ts";
import { specOf } from "../support/keepers.ts";

let hsm: SoftHsm;
let module: FaultyModule;
let cryptoki: Cryptoki;
let open: OpenToken;

/** As a keeper of CloudHSM keys opens a token: read/write sessions, each of which finds the keys for itself. */
beforeAll(async () => {
  hsm = await createSoftHsm({ keys: [{ label: "key", id: "0001" }] });
  module = createFaultyModule(hsm);
  const { uri: text, publicKey } = module.through(specOf(hsm, 0));
  const uri = parseKeyUri(text);
  cryptoki = withSoftHsmEnvironment(hsm, () => loadCryptoki(uri.module));
  const token = findToken(cryptoki, { label: hsm.token, serial: hsm.serial });
  open = new OpenToken({
    cryptoki,
    token,
    profile: { ...softHsm, readWriteSessions: true, handlesPerSession: true },
    keys: [{ name: "key", uri, publicKey: publicKeyFromHex(publicKey) ?? new Uint8Array() }],
    sessions: 2,
    logIn: (session) => logIn(cryptoki, session, token, readPinFile(hsm.pinFile), new PinLatch(hsm.folder, token)),
    notice: () => {},
  });
});

beforeEach(() => module.behave());

afterAll(() => {
  cryptoki.C_Finalize();
  hsm.remove();
});

async function signsRightly(): Promise<void> {
  const digest = randomBytes(32);
  const key = publicKeyFromHex(hsm.keys[0]?.publicKey ?? "") ?? new Uint8Array();
  expect(recoverableSignature(await open.sign("key", digest), digest, key)).toBeDefined();
}

const searchesDuring = async (run: () => Promise<unknown>) => {
  const before = module.calls("C_FindObjectsInit");
  await run();
  return module.calls("C_FindObjectsInit") - before;
};

describe("a token whose handles are good in the session that found them", () => {
  it("has its keys found and compared once by each session that signs", async () => {
    const all = () => Promise.all(Array.from({ length: 6 }, signsRightly));
    module.delay("parallel", 20);
    expect(await searchesDuring(all)).toBe(2 * 2); // private keys and public keys
    expect(await searchesDuring(all)).toBe(0);
  });

  it.each([0xb3, 0x82, 0x101])(
    "has them found again by the control session and the next one after 0x%s",
    async (value) => {
      module.plan("C_SignInit", value, 1);
      expect(await searchesDuring(signsRightly)).toBe(2 * 2);
      expect(await searchesDuring(signsRightly)).toBe(0);
    },
  );

  it("opens another session for a stuck one, which finds them for itself", async () => {
    module.plan("C_SignInit", 0x90, 1);
    expect(await searchesDuring(signsRightly)).toBe(2);
  });

  it("signs nothing in a session that has not found them", async () => {
    module.plan("C_SignInit", 0xb3, 1);
    module.plan("C_FindObjectsInit", 0x5);
    const tries = module.calls("C_SignInit");
    await expect(open.sign("key", randomBytes(32))).rejects.toMatchObject({ data: { call: "C_FindObjectsInit" } });
    await expect(open.sign("key", randomBytes(32))).rejects.toMatchObject({ data: { call: "C_FindObjectsInit" } });
    expect(module.calls("C_SignInit")).toBe(tries + 1);
    module.behave();
    await signsRightly();
  });
});
