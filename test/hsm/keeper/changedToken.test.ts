import { renameSync } from "node:fs";
import path from "node:path";
import { describe, expect, it } from "vitest";
import { encodeTemplate } from "../../../hsm/pkcs11/attributes.ts";
import { keyType, mechanism, objectClass, secp256k1Parameters } from "../../../hsm/pkcs11/constants.ts";
import { signerOf } from "../../../shared/ecdsa/index.ts";
import { type ChangeableToken, createChangeableToken } from "../support/changeableToken.ts";
import { demanded, generateForeignKey, inToken } from "../support/inToken.ts";
import { until } from "../support/until.ts";

describe("a token that is removed while the keeper has it open", () => {
  it("signs nothing, and signs again once it is back", async () => {
    await using token = await createChangeableToken();
    const [folder, away] = [token.folder(), path.join(token.hsm.folder, "away")];
    renameSync(folder, away);
    await expect(token.attest()).rejects.toMatchObject({ code: expect.stringMatching(/^(key_missing|hsm_error)$/) });
    await token.staysDown("Token test: the module does not show it");
    renameSync(away, folder);
    await until("the keeper to be up again", () => token.keeper.status().up, 60_000);
    const { signature, digest } = await token.attest();
    expect(signerOf(signature, digest)).toBe(token.hsm.keys[0]?.address);
  });
});

describe("a token that somebody initialises again while the keeper has it open", () => {
  it("with another PIN gets the old one once and never again", async () => {
    await using token = await createChangeableToken();
    token.initialiseAgain("135792468013");
    const logins = token.module.calls("C_Login");
    await expect(token.attest()).rejects.toMatchObject({ code: "key_missing" });
    await token.staysDown("rejected the PIN");
    expect(token.module.calls("C_Login")).toBe(logins + 1);
  });
});

describe("another token in the slot of the one that the keeper has open", () => {
  it.each([
    ["C_SignInit says so", 0x101, () => {}],
    ["sessions end", 0xb3, ({ module }: ChangeableToken) => module.plan("C_GetSessionInfo", 0xb3, 1)],
  ])("is not logged in to when the login is lost as %s: the tries of its PIN are few", async (_, answer, lose) => {
    await using token = await createChangeableToken();
    const logins = token.module.calls("C_Login");
    token.module.plan("C_GetTokenInfo", "otherToken");
    token.module.plan("C_SignInit", answer, 1);
    lose(token);
    await expect(token.attest()).rejects.toMatchObject({
      code: "token_missing",
      data: { reason: expect.stringContaining("another one is in its slot now") },
    });
    await token.staysDown("there is no such token with serial");
    expect(token.module.calls("C_Login")).toBe(logins);
    token.module.behave();
    await until("the keeper to be up again", () => token.keeper.status().up, 60_000);
    expect(token.module.calls("C_Login")).toBe(logins + 1);
  });
});

describe("a key that is exchanged for another one under the same id and label", () => {
  it("is refused before it signs", async () => {
    await using token = await createChangeableToken();
    token.deleteKeys();
    generateForeignKey(token.hsm, { id: "0001", label: "key", template: demanded });
    const tries = token.module.calls("C_SignInit");
    await expect(token.attest()).rejects.toMatchObject({ code: "key_mismatch" });
    expect(token.module.calls("C_SignInit")).toBe(tries + 1); // the one that showed that the handle was lost
    await token.staysDown("the configuration pins");
  });

  it("is refused by what it signs where the pinned public key was left beside it", async () => {
    await using token = await createChangeableToken();
    token.deleteKeys();
    const point = Buffer.from((token.hsm.keys[0]?.publicKey ?? "").slice(2), "hex");
    const names = { CKA_ID: Buffer.from("0001", "hex"), CKA_LABEL: Buffer.from("key") };
    const common = { CKA_TOKEN: true, CKA_VERIFY: true, CKA_EC_PARAMS: secp256k1Parameters };
    inToken(token.hsm, (cryptoki, session) => {
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
    await expect(token.attest()).rejects.toMatchObject({ code: "wrong_signature", data: { key: "key" } });
    await token.staysDown("does not verify under key key");
  });
});
