import { randomBytes } from "node:crypto";
import { chmodSync, mkdtempSync, symlinkSync, writeFileSync } from "node:fs";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { encodeTemplate } from "../../../hsm/pkcs11/attributes.ts";
import { call } from "../../../hsm/pkcs11/cryptoki.ts";
import { partsOf, type Sealer, sealSeed, unsealSeed } from "../../../hsm/sealed/seal.ts";
import { formatSealedSeed, readSealedSeed, type SealContext } from "../../../hsm/sealed/sealedFile.ts";
import { findSealingKey, generateSealingKey } from "../../../hsm/sealed/sealingKey.ts";
import { createSoftHsm, type SoftHsm } from "../../support/softhsm.ts";
import { inToken } from "../support/inToken.ts";

const place = { token: "test", object: "seal", id: Uint8Array.of(0, 9) };
const context: SealContext = {
  address: "aleo1rhgdu77hgyqd3xjj8ucu3jj9r2krwz6mnzyd80gncr5fxcwlh5rsvzp9px",
  deployment: "demo",
  destination: 6694886634401n,
  sealingKey: place.id,
};
let hsm: SoftHsm;

beforeAll(async () => {
  hsm = await createSoftHsm({ keys: [] });
  withSealer(() => {});
});

afterAll(() => hsm.remove());

/** Uses the AES key, which the first use generates. */
function withSealer<T>(use: (sealer: Sealer) => T): T {
  return inToken(hsm, (cryptoki, session) => {
    const find = () => findSealingKey(cryptoki, session, "aleo", place);
    const { handle: key } = (() => {
      try {
        return find();
      } catch {
        generateSealingKey(cryptoki, session, place);
        return find();
      }
    })();
    return use({ cryptoki, session, key });
  });
}

describe("a seed that an AES key in the token has sealed", () => {
  const seed = randomBytes(32);

  it("opens for the address, use and key that it was sealed for, and shows nothing", () => {
    withSealer((sealer) => {
      const sealed = sealSeed(sealer, seed, context);
      expect(unsealSeed(sealer, "aleo", sealed, context)).toEqual(seed);
      expect(formatSealedSeed(sealed)).not.toContain(seed.toString("hex"));
      expect(sealSeed(sealer, seed, context)).not.toEqual(sealed);
    });
  });

  it.each<[string, Partial<SealContext>]>([
    ["address", { address: "aleo18z337vpafgfgmpvd4dgevel6la75r8eumcmuyafp6aa4nnkqmvrsht2skn" }],
    ["deployment", { deployment: "other" }],
    ["destination", { destination: 1n }],
    ["AES key's id", { sealingKey: Uint8Array.of(0, 8) }],
  ])("does not open for another %s", (_what, changes) => {
    withSealer((sealer) => {
      const sealed = sealSeed(sealer, seed, context);
      const open = () => unsealSeed(sealer, "aleo", sealed, { ...context, ...changes });
      expect(open).toThrow(/does not open: it was changed, or sealed for another/);
    });
  });

  it.each(["nonce", "ciphertext", "tag"] as const)("does not open once its %s was changed", (part) => {
    withSealer((sealer) => {
      const sealed = sealSeed(sealer, seed, context);
      const last = Number.parseInt(sealed[part].slice(-1), 16) ^ 1;
      const changed = { ...sealed, [part]: `${sealed[part].slice(0, -1)}${last.toString(16)}` };
      expect(() => unsealSeed(sealer, "aleo", changed, context)).toThrow(/does not open/);
    });
  });

  it("is kept with the nonce that the device chose, written over ours or appended", () => {
    const output = randomBytes(48);
    const [ours, theirs] = [randomBytes(12), randomBytes(12)];
    const parts = { ciphertext: `0x${output.toString("hex", 0, 32)}`, tag: `0x${output.toString("hex", 32)}` };
    expect(partsOf(output, theirs, context)).toMatchObject({ ...parts, nonce: `0x${theirs.toString("hex")}` });
    const appended = Buffer.concat([output, theirs]);
    expect(partsOf(appended, ours, context)).toMatchObject({ ...parts, nonce: `0x${theirs.toString("hex")}` });
    for (const length of [0, 47, 49, 59, 65]) {
      expect(() => partsOf(randomBytes(length), ours, context)).toThrow(/C_Encrypt/);
    }
  });
});

describe("the AES key that seals", () => {
  it("states that it stays inside and does nothing but AES-GCM", () => {
    inToken(hsm, (cryptoki, session) => {
      expect(findSealingKey(cryptoki, session, "aleo", place).attributes).toMatchObject({
        CKA_SENSITIVE: "true",
        CKA_EXTRACTABLE: "false",
        CKA_NEVER_EXTRACTABLE: "true",
        CKA_LOCAL: "true",
        CKA_WRAP: "false",
        CKA_VALUE: "not readable",
      });
    });
  });

  it("is not made a second time under the same id or label", () => {
    inToken(hsm, (cryptoki, session) => {
      const again = { ...place, id: Uint8Array.of(0, 1) };
      expect(() => generateSealingKey(cryptoki, session, again)).toThrow(/has a secret key with id 0009/);
    });
  });

  it("is missing under another label", () => {
    inToken(hsm, (cryptoki, session) => {
      const other = { ...place, object: "other" };
      expect(() => findSealingKey(cryptoki, session, "aleo", other)).toThrow(/has no secret key/);
    });
  });

  it.each([
    ["can be read out", { CKA_SENSITIVE: false, CKA_EXTRACTABLE: true }, "CKA_SENSITIVE"],
    ["can wrap others", { CKA_WRAP: true }, "CKA_WRAP"],
    ["has 128 bits", { CKA_VALUE_LEN: 16 }, "CKA_VALUE_LEN"],
  ])("is refused if it %s", (what, spoilt, attribute) => {
    inToken(hsm, (cryptoki, session) => {
      const template = {
        ...{ CKA_TOKEN: true, CKA_PRIVATE: true, CKA_SENSITIVE: true, CKA_EXTRACTABLE: false, CKA_VALUE_LEN: 32 },
        ...{ CKA_ENCRYPT: true, CKA_DECRYPT: true, CKA_SIGN: false, CKA_VERIFY: false, CKA_WRAP: false },
        ...{ CKA_UNWRAP: false, CKA_DERIVE: false, CKA_ID: Uint8Array.of(0, 7), CKA_LABEL: Buffer.from(what) },
      };
      call("C_GenerateKey", () =>
        cryptoki.C_GenerateKey(session, { mechanism: 0x1080 }, encodeTemplate({ ...template, ...spoilt })),
      );
      const find = () =>
        findSealingKey(cryptoki, session, "aleo", { token: "test", object: what, id: template.CKA_ID });
      expect(find).toThrow(
        expect.objectContaining({ code: "key_attribute", data: expect.objectContaining({ attribute }) }),
      );
    });
  });
});

describe("a sealed file", () => {
  const sealed = partsOf(randomBytes(48), randomBytes(12), context);
  const write = (text: string, mode = 0o600) => {
    const file = path.join(mkdtempSync(path.join(hsm.folder, "sealed-")), "seed.json");
    writeFileSync(file, text, { mode });
    chmodSync(file, mode);
    return file;
  };

  it("is read as it was written", () => {
    expect(readSealedSeed("aleo", write(formatSealedSeed(sealed)))).toEqual(sealed);
  });

  it("is refused where others may read it", () => {
    expect(() => readSealedSeed("aleo", write(formatSealedSeed(sealed), 0o640))).toThrow(/chmod 600/);
  });

  it.each([
    ["no JSON", "{"],
    ["another format", formatSealedSeed({ ...sealed, format: "x" as typeof sealed.format })],
    ["something more", JSON.stringify({ ...sealed, seed: "0x00" })],
    ["a tag of 15 bytes", JSON.stringify({ ...sealed, tag: sealed.tag.slice(0, -2) })],
    ["far too much", " ".repeat(5_000)],
  ])("is refused with %s", (_what, text) => {
    expect(() => readSealedSeed("aleo", write(text))).toThrow(/Key aleo: its sealed file/);
  });

  it("is refused where there is none, or only a link", () => {
    const file = write(formatSealedSeed(sealed));
    symlinkSync(file, `${file}.link`);
    expect(() => readSealedSeed("aleo", `${file}.none`)).toThrow(/ENOENT/);
    expect(() => readSealedSeed("aleo", `${file}.link`)).toThrow(/ELOOP/);
  });
});
