import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Vendor, vendors } from "../../../hsm/index.ts";
import { encodeTemplate } from "../../../hsm/pkcs11/attributes.ts";
import { inspectPrivateKey } from "../../../hsm/pkcs11/checkAttributes.ts";
import { mechanism } from "../../../hsm/pkcs11/constants.ts";
import { privateKeyTemplate, profileOf } from "../../../hsm/pkcs11/profile.ts";
import { createSoftHsm, type SoftHsm } from "../../support/softhsm.ts";
import { inToken } from "../support/inToken.ts";

let hsm: SoftHsm;

beforeAll(async () => {
  hsm = await createSoftHsm({ keys: [] });
});

afterAll(() => hsm.remove());

const softHsm = { label: "t", manufacturer: "SoftHSM project", model: "SoftHSM v2" };
const yubiHsm = { label: "t", manufacturer: "Yubico (www.yubico.com)", model: "YubiHSM" };
const other = { label: "t", manufacturer: "Acme", model: "One" };

describe("the profile of a token", () => {
  it("is the one that recognises it", () => {
    expect(profileOf(softHsm).vendor).toBe("softhsm");
    expect(profileOf(yubiHsm).vendor).toBe("yubihsm");
  });

  it("is the one that the configuration names, whatever the token says of itself", () => {
    for (const vendor of vendors) expect(profileOf(other, vendor).vendor).toBe(vendor);
    expect(profileOf(softHsm, "generic").vendor).toBe("generic");
  });

  it("is missing for a token that none recognises: demanding less is somebody's decision", () => {
    expect(() => profileOf(other)).toThrow('token t is made by "Acme", which no profile recognises; name one');
    expect(() => profileOf({ ...yubiHsm, model: "YubiKey YK5" })).toThrow("no profile recognises");
  });
});

/** What a token states about a key that was generated with a profile's templates. */
function reportOf(vendor: Vendor) {
  const profile = profileOf(other, vendor);
  const names = { CKA_LABEL: Buffer.from(vendor), CKA_ID: Buffer.from(vendor) };
  return inToken(hsm, (cryptoki, session) => {
    const { privateKey } = cryptoki.C_GenerateKeyPair(
      session,
      { mechanism: mechanism.CKM_EC_KEY_PAIR_GEN },
      encodeTemplate({ ...profile.publicKey, ...names }),
      encodeTemplate({ ...privateKeyTemplate(profile), ...names }),
    );
    return inspectPrivateKey(cryptoki, session, privateKey, profile);
  });
}

describe("a key that is generated with a profile's templates", () => {
  it.each(["softhsm", "generic"] as const)("states in SoftHSM all that the profile %s demands", (vendor) => {
    const { unmet, found } = reportOf(vendor);
    expect(unmet).toEqual([]);
    expect(found).toMatchObject({ CKA_EXTRACTABLE: "false", CKA_LOCAL: "true", CKA_VALUE: "not readable" });
  });

  it.each(["cloudhsm", "yubihsm"] as const)(
    "states in SoftHSM all that %s demands, but for what that vendor forces and SoftHSM leaves open",
    (vendor) => {
      expect(reportOf(vendor).unmet).toMatchObject([
        ...(vendor === "yubihsm" ? [{ attribute: "CKA_DECRYPT" }] : []),
        { attribute: "CKA_SIGN_RECOVER" },
      ]);
    },
  );
});

describe("whatever the vendor", () => {
  it.each(vendors)("%s: a key must state that it was generated inside, stays there and signs", (vendor) => {
    const needed = profileOf(other, vendor).demands.filter(({ silence }) => silence === "refused");
    expect(Object.fromEntries(needed.map(({ attribute, value }) => [attribute, value]))).toMatchObject({
      CKA_PRIVATE: true,
      CKA_SENSITIVE: true,
      CKA_ALWAYS_SENSITIVE: true,
      CKA_EXTRACTABLE: false,
      CKA_NEVER_EXTRACTABLE: true,
      CKA_LOCAL: true,
      CKA_SIGN: true,
    });
  });
});

describe("what a vendor would refuse is not asked for", () => {
  const asked = (vendor: Vendor) => privateKeyTemplate(profileOf(other, vendor));

  it("CloudHSM: neither unknown attributes nor MODIFIABLE false; TOKEN is asked for, its default is false", () => {
    const template = asked("cloudhsm");
    for (const unknown of ["CKA_SIGN_RECOVER", "CKA_COPYABLE", "CKA_ALLOWED_MECHANISMS", "CKA_MODIFIABLE"]) {
      expect(template).not.toHaveProperty(unknown);
    }
    expect(template).toMatchObject({ CKA_TOKEN: true, CKA_PRIVATE: true });
    const { publicKey, readWriteSessions, handlesPerSession } = profileOf(other, "cloudhsm");
    expect(publicKey).toMatchObject({ CKA_TOKEN: true, CKA_PRIVATE: true });
    expect(publicKey).not.toHaveProperty("CKA_MODIFIABLE");
    expect({ readWriteSessions, handlesPerSession }).toEqual({ readWriteSessions: true, handlesPerSession: true });
  });

  it("YubiHSM: neither DESTROYABLE false nor SIGN_RECOVER nor ALLOWED_MECHANISMS", () => {
    const template = asked("yubihsm");
    for (const refused of ["CKA_DESTROYABLE", "CKA_SIGN_RECOVER", "CKA_ALLOWED_MECHANISMS"]) {
      expect(template).not.toHaveProperty(refused);
    }
    expect(template).toMatchObject({ CKA_MODIFIABLE: false, CKA_COPYABLE: false, CKA_DERIVE: false });
  });
});
