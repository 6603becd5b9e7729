import { execFileSync } from "node:child_process";
import { readdirSync, readFileSync, renameSync, rmSync } from "node:fs";
import path from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { encodeTemplate } from "../../../hsm/pkcs11/attributes.ts";
import { keyType, mechanism, objectClass, secp256k1Parameters } from "../../../hsm/pkcs11/constants.ts";
import { signerOf } from "../../../shared/ecdsa/index.ts";
import { createFaultyModule, type FaultyModule } from "../../support/native/faultyModule.ts";
import { createSoftHsm, type SoftHsm } from "../../support/softhsm.ts";
import { demanded, generateForeignKey, inToken } from "../support/inToken.ts";
import { keeperOf, specOf, type TestKeeper } from "../support/keepers.ts";
import { vector } from "../support/packets.ts";
import { until } from "../support/until.ts";

let hsm: SoftHsm;
let module: FaultyModule;
let keeper: TestKeeper;

beforeEach(async () => {
  hsm = await createSoftHsm({ keys: [{ label: "key", id: "0001" }] });
  module = createFaultyModule(hsm);
  keeper = await keeperOf(hsm, { keys: [module.through(specOf(hsm, 0))], callDeadlineMs: 20_000 });
});

afterEach(async () => {
  await keeper.close();
  hsm.remove();
});

const attest = () => keeper.attest({ key: "key", packet: vector.packet, verdict: "white" });

/** The keeper refuses every request, and says why in these words. */
async function staysDown(reason: string): Promise<void> {
  await until(`a rebuild that fails: ${reason}`, () => keeper.status().reason?.includes(reason), 40_000);
  await expect(attest()).rejects.toMatchObject({ code: "keeper_unavailable" });
  expect(keeper.status().restarts).toBe(0);
}

function tokenFolder(): string {
  const [name = ""] = readdirSync(path.join(hsm.folder, "tokens"));
  return path.join(hsm.folder, "tokens", name);
}

function deleteKeys(): void {
  const objects = readdirSync(tokenFolder()).filter((name) => /^[0-9a-f-]{36}\./.test(name));
  for (const name of objects) rmSync(path.join(tokenFolder(), name));
}

function initialiseAgain(pin: string): void {
  const officerPin = readFileSync(path.join(hsm.folder, "so-pin"), "utf8").trim();
  const names = ["--token", hsm.token, "--label", hsm.token];
  execFileSync("softhsm2-util", ["--init-token", ...names, "--so-pin", officerPin, "--pin", pin], {
    env: { ...process.env, ...hsm.env },
  });
}

describe("a token that is removed while the keeper has it open", () => {
  it("signs nothing, and signs again once it is back", async () => {
    const [token, away] = [tokenFolder(), path.join(hsm.folder, "away")];
    renameSync(token, away);
    await expect(attest()).rejects.toMatchObject({ code: expect.stringMatching(/^(key_missing|hsm_error)$/) });
    await staysDown("Token test: the module does not show it");
    renameSync(away, token);
    await until("the keeper to be up again", () => keeper.status().up, 60_000);
    const { signature, digest } = await attest();
    expect(signerOf(signature, digest)).toBe(hsm.keys[0]?.address);
  });
});

describe("a token that somebody initialises again while the keeper has it open", () => {
  it("has lost the key: the keeper says so and stays down", async () => {
    initialiseAgain(hsm.pin);
    await expect(attest()).rejects.toMatchObject({ code: "key_missing", data: { key: "key" } });
    await staysDown("has no private key with id 0x0001 and label key");
  });

  it("with another PIN gets the old one once and never again", async () => {
    initialiseAgain("135792468013");
    const logins = module.calls("C_Login");
    await expect(attest()).rejects.toMatchObject({ code: "key_missing" });
    await staysDown("rejected the PIN");
    expect(module.calls("C_Login")).toBe(logins + 1);
  });

  it("and given another key under the same id and label is refused: the public key is compared again", async () => {
    initialiseAgain(hsm.pin);
    generateForeignKey(hsm, { id: "0001", label: "key", template: demanded });
    await expect(attest()).rejects.toMatchObject({
      code: "key_mismatch",
      data: { key: "key", expected: hsm.keys[0]?.address },
    });
    await staysDown("the configuration pins");
  });
});

describe("a key that is exchanged for another one under the same id and label", () => {
  it("is refused before it signs", async () => {
    deleteKeys();
    generateForeignKey(hsm, { id: "0001", label: "key", template: demanded });
    const tries = module.calls("C_SignInit");
    await expect(attest()).rejects.toMatchObject({ code: "key_mismatch" });
    expect(module.calls("C_SignInit")).toBe(tries + 1); // the one that showed that the handle was lost
    await staysDown("the configuration pins");
  });

  it("is refused by what it signs where the pinned public key was left beside it", async () => {
    deleteKeys();
    const point = Buffer.from((hsm.keys[0]?.publicKey ?? "").slice(2), "hex");
    const names = { CKA_ID: Buffer.from("0001", "hex"), CKA_LABEL: Buffer.from("key") };
    const common = { CKA_TOKEN: true, CKA_VERIFY: true, CKA_EC_PARAMS: secp256k1Parameters };
    inToken(hsm, (cryptoki, session) => {
      cryptoki.C_GenerateKeyPair(
        session,
        { mechanism: mechanism.CKM_EC_KEY_PAIR_GEN },
        encodeTemplate({ ...common, CKA_LABEL: Buffer.from("decoy") }),
        encodeTemplate({ ...demanded, ...names }),
      );
      const left = { CKA_CLASS: objectClass.CKO_PUBLIC_KEY, CKA_KEY_TYPE: keyType.CKK_EC };
      const wrapped = Buffer.concat([Buffer.of(0x04, 0x41), point]);
      cryptoki.C_CreateObject(session, encodeTemplate({ ...common, ...left, ...names, CKA_EC_POINT: wrapped }));
    });
    await expect(attest()).rejects.toMatchObject({ code: "wrong_signature", data: { key: "key" } });
    await staysDown("does not verify under key key");
  });
});
