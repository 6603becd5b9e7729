import { randomBytes } from "node:crypto";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { parseAnyKeyUri } from "../../../hsm/index.ts";
import { isKmsUri } from "../../../hsm/keyUri/index.ts";
import { createKmsKeystore } from "../../../hsm/kms/kmsKeystore.ts";
import { publicKeyFromHex, recoverableSignature } from "../../../shared/ecdsa/index.ts";
import { createdAt, createKmsDouble, type DoubleKey, type KmsDouble, type KmsFault } from "../../support/kmsDouble.ts";
import { describeKeystore } from "../keystoreContract.ts";

let kms: KmsDouble;

beforeAll(async () => {
  kms = await createKmsDouble(["ECC_SECG_P256K1", "ECC_SECG_P256K1", "ECC_NIST_P256"]);
  Object.assign(process.env, kms.env); // the SDK reads it in this process, which runs this file alone
});

afterEach(() => kms.behave());

afterAll(() => kms.close());

const keyAt = (index: number): DoubleKey => {
  const key = kms.keys[index];
  if (!key) throw new Error(`the double has no key ${index}`);
  return key;
};

const pinned = (index: number, name: string) => {
  const { uri: text, publicKey } = keyAt(index);
  const uri = parseAnyKeyUri(text);
  if (!isKmsUri(uri)) throw new Error("a KMS key was expected");
  return { name, uri, publicKey: publicKeyFromHex(publicKey) ?? Buffer.from(publicKey.slice(2), "hex") };
};

describeKeystore("AWS KMS (double)", async () => {
  const [first, second] = [pinned(0, "first"), pinned(1, "second")];
  return {
    keys: [
      { name: first.name, publicKey: first.publicKey },
      { name: second.name, publicKey: second.publicKey },
    ],
    create: (pins) =>
      createKmsKeystore({
        keys: [
          { ...first, publicKey: pins[0] },
          { ...second, publicKey: pins[1] },
        ],
        sessions: 3,
        callDeadlineMs: 20_000,
      }),
  };
});

const keystore = (index = 0, callDeadlineMs = 20_000) =>
  createKmsKeystore({ keys: [pinned(index, "key")], sessions: 2, callDeadlineMs });

/** Opens the first key, and closes what was opened when it is disposed of. */
async function opened(callDeadlineMs?: number) {
  const store = keystore(0, callDeadlineMs);
  const [key] = await store.open();
  if (!key) throw new Error("a key was expected");
  return { key, [Symbol.asyncDispose]: () => store.close() };
}

const signsRightly = async ({ key }: Awaited<ReturnType<typeof opened>>) => {
  const digest = randomBytes(32);
  return recoverableSignature(await key.sign(digest), digest, key.publicKey) !== undefined;
};

describe("a key in AWS KMS", () => {
  it("is asked once what it is, and once for each signature, with the digest as it is", async () => {
    const before = kms.seen.length;
    await using store = await opened();
    const digest = randomBytes(32);
    await store.key.sign(digest);
    await store.key.sign(digest);
    const KeyId = keyAt(0).arn;
    const Sign = {
      operation: "Sign",
      body: {
        ...{ KeyId, Message: digest.toString("base64"), MessageType: "DIGEST", SigningAlgorithm: "ECDSA_SHA_256" },
      },
    };
    expect(kms.seen.slice(before)).toEqual([
      { operation: "DescribeKey", body: { KeyId } },
      { operation: "GetPublicKey", body: { KeyId } },
      Sign,
      Sign,
    ]);
  });

  it("states what was checked", async () => {
    await using store = await opened();
    expect(store.key.attributes).toEqual({
      KeySpec: "ECC_SECG_P256K1",
      KeyUsage: "SIGN_VERIFY",
      SigningAlgorithms: "ECDSA_SHA_256",
      Origin: "AWS_KMS",
      MultiRegion: "false",
      KeyState: "Enabled",
      CreationDate: new Date(createdAt).toISOString(),
    });
  });

  it.each(["high s", "low s"] as const)(
    "gives a signature with %s that verifies once it is normalised",
    async (signature) => {
      await using store = await opened();
      kms.misbehave("Sign", { signature });
      expect(await signsRightly(store)).toBe(true);
    },
  );

  const refusals: [string, string, KmsFault, object][] = [
    ["is not there", "DescribeKey", { answer: "NotFoundException" }, { code: "key_missing" }],
    ["may not be used", "GetPublicKey", { answer: "AccessDeniedException" }, { code: "kms_refused" }],
    ["is answered about another", "GetPublicKey", { about: "another key" }, { code: "hsm_error" }],
  ];
  it.each(refusals)("is refused at the start if it %s, at the first answer", async (_what, operation, fault, error) => {
    const before = kms.seen.length;
    kms.misbehave(operation, fault);
    await expect(keystore().open()).rejects.toMatchObject(error);
    expect(kms.seen.slice(before).filter((request) => request.operation === operation)).toHaveLength(1);
  });

  it.each([
    ["imported from outside", { Origin: "EXTERNAL" }, "Origin"],
    ["copied to other regions", { MultiRegion: true }, "MultiRegion"],
    ["for agreeing on secrets", { KeyUsage: "KEY_AGREEMENT" }, "KeyUsage"],
  ])("is refused at the start if it is %s", async (_what, change, attribute) => {
    const { metadata } = keyAt(0);
    const before = { ...metadata };
    Object.assign(metadata, change);
    try {
      await expect(keystore().open()).rejects.toMatchObject({ code: "key_attribute", data: { key: "key", attribute } });
    } finally {
      Object.assign(metadata, before);
    }
  });

  it("is refused at the start if it is of another curve", async () => {
    await expect(keystore(2).open()).rejects.toMatchObject({
      code: "key_attribute",
      data: { attribute: "KeySpec", expected: "ECC_SECG_P256K1", found: "ECC_NIST_P256" },
    });
  });

  it.each([
    ["disabled", "Disabled", "DisabledException"],
    ["about to be deleted", "PendingDeletion", "KMSInvalidStateException"],
  ])("that was %s meanwhile signs nothing more, and the error says what to do", async (_what, KeyState, code) => {
    await using store = await opened();
    const { metadata } = keyAt(0);
    metadata.KeyState = KeyState;
    try {
      await expect(store.key.sign(randomBytes(32))).rejects.toMatchObject({ code: "kms_refused", data: { code } });
    } finally {
      metadata.KeyState = "Enabled";
    }
    expect(await signsRightly(store)).toBe(true);
  });

  it.each([-1, 1])("is opened and signs where this machine's clock is 20 minutes wrong (%i)", async (sign) => {
    kms.runAhead(sign * 20 * 60_000);
    try {
      await using store = await opened();
      expect(await signsRightly(store)).toBe(true);
    } finally {
      kms.runAhead(0);
    }
  });

  it("is refused with credentials that KMS does not take", async () => {
    await using impostor = await createKmsDoubleFor();
    impostor.letIn({ accessKeyId: "AKIDKMSDOUBLE0000001", secretAccessKey: "another" });
    const [key] = impostor.keys;
    const uri = parseAnyKeyUri(key?.uri ?? "");
    if (!isKmsUri(uri)) throw new Error("a KMS key was expected");
    const store = createKmsKeystore({ keys: [{ ...pinned(0, "key"), uri }], sessions: 1, callDeadlineMs: 20_000 });
    await expect(store.open()).rejects.toMatchObject({
      code: "kms_refused",
      data: { code: "InvalidSignatureException" },
    });
  });
});

async function createKmsDoubleFor() {
  const double = await createKmsDouble(["ECC_SECG_P256K1"]);
  return { ...double, [Symbol.asyncDispose]: () => double.close() };
}

describe("a fault of AWS KMS", () => {
  const passing: [string, KmsFault][] = [
    ["throttling", { answer: "ThrottlingException" }],
    ["a limit", { answer: "LimitExceededException" }],
    ["status 429", { answer: "Whatever", status: 429 }],
    ["a fault of its own", { answer: "KMSInternalException", status: 500 }],
    ["an answer without JSON", { wire: "no JSON" }],
    ["a reset", { wire: "reset" }],
    ["a reset half-way", { wire: "reset half-way" }],
  ];
  it.each(passing)("that passes (%s, twice) is waited out", async (_what, fault) => {
    await using store = await opened();
    kms.misbehave("Sign", fault, 2);
    const before = kms.seen.length;
    expect(await signsRightly(store)).toBe(true);
    expect(kms.seen.length - before).toBe(3);
  });

  it.each(["hang", "stall half-way"] as const)(
    "that never answers (%s, once) is cut off and asked again",
    async (wire) => {
      await using store = await opened(3_000);
      kms.misbehave("Sign", { wire }, 1);
      expect(await signsRightly(store)).toBe(true);
    },
  );

  const lasting: [string, KmsFault, object][] = [
    ["throttling", { answer: "ThrottlingException" }, { code: "overloaded", data: { retryAfterSeconds: 1 } }],
    ["hang", { wire: "hang" }, { code: "hsm_error", data: { call: "kms:Sign", code: "ETIMEDOUT" } }],
    ["stall half-way", { wire: "stall half-way" }, { code: "hsm_error" }],
    ["reset", { wire: "reset" }, { code: "hsm_error", data: { call: "kms:Sign", code: "ECONNRESET" } }],
    ["its own", { answer: "KMSInternalException", status: 500 }, { code: "hsm_error" }],
  ];
  it.each(lasting)("that lasts (%s) ends the call before its caller gives up", async (_what, fault, error) => {
    await using store = await opened(1_500);
    kms.misbehave("Sign", fault);
    const began = performance.now();
    await expect(store.key.sign(randomBytes(32))).rejects.toMatchObject(error);
    expect(performance.now() - began).toBeGreaterThan(100); // it was retried, not given up at once
    kms.behave();
    expect(await signsRightly(store)).toBe(true);
  });

  it.each(["truncated", "trailing byte", "none"] as const)(
    "that spoils the signature (%s) fails the call",
    async (signature) => {
      await using store = await opened();
      kms.misbehave("Sign", { signature });
      await expect(store.key.sign(randomBytes(32))).rejects.toMatchObject({
        code: "hsm_error",
        data: { call: "kms:Sign", code: "no signature in DER" },
      });
    },
  );

  it("that makes it slow costs nobody an attempt who only waits for a connection; who waits too long never asks", async () => {
    const store = createKmsKeystore({ keys: [pinned(0, "key")], sessions: 1, callDeadlineMs: 3_000 });
    const [key] = await store.open();
    kms.misbehave("Sign", { lateBy: 500 }); // of the 800 ms that an attempt has
    const before = kms.seen.length;
    const signed = await Promise.allSettled(Array.from({ length: 6 }, () => key?.sign(randomBytes(32))));
    await store.close();
    const fulfilled = signed.filter(({ status }) => status === "fulfilled");
    expect(fulfilled.length).toBeGreaterThan(2);
    expect(kms.seen.length - before).toBe(fulfilled.length);
    expect(signed.at(-1)).toMatchObject({ reason: { code: "overloaded", data: { retryAfterSeconds: 1 } } });
  });

  it("that answers for another key fails the call", async () => {
    await using store = await opened();
    kms.misbehave("Sign", { about: "another key" });
    await expect(store.key.sign(randomBytes(32))).rejects.toMatchObject({ code: "hsm_error" });
  });
});
