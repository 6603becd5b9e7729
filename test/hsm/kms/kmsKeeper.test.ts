import { readFileSync } from "node:fs";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { type KeySpec, startKeeper } from "../../../hsm/index.ts";
import { signerOf } from "../../../shared/ecdsa/index.ts";
import { createKmsDouble, type KmsDouble } from "../../support/kmsDouble.ts";
import { createSoftHsm } from "../../support/softhsm.ts";
import { recordLog, specOf } from "../support/keepers.ts";
import { vector } from "../support/packets.ts";
import { until } from "../support/until.ts";

let kms: KmsDouble;
const recorded = recordLog();
const callDeadlineMs = 2_000;
const secret = "a-secret-of-the-daemon";

beforeAll(async () => {
  kms = await createKmsDouble(["ECC_SECG_P256K1"]);
});

afterEach(() => kms.behave());

afterAll(() => kms.close());

function specInKms(): KeySpec {
  const [key] = kms.keys;
  if (!key) throw new Error("the double has no key");
  const { uri, publicKey } = key;
  return { name: "in-kms", uri, publicKey, scheme: "verulink-evm", deployment: "demo", destination: 1n };
}

async function keeperOf(keys: readonly KeySpec[], environment: NodeJS.ProcessEnv = kms.env) {
  const { logger } = recorded;
  const keeper = await startKeeper({ keys, stateFolder: kms.folder, sessions: 2, callDeadlineMs, logger, environment });
  const attest = (key = "in-kms") => keeper.attest({ key, packet: vector.packet, verdict: "white" });
  const pid = () => Number(recorded.lines.findLast(({ keeper: id }) => typeof id === "number")?.keeper);
  return { ...keeper, attest, pid, [Symbol.asyncDispose]: () => keeper.close() };
}

type TestKeeper = Awaited<ReturnType<typeof keeperOf>>;

/** The keeper was rebuilt, and signs. */
async function recovered(keeper: TestKeeper, restarts: number): Promise<void> {
  await until("the keeper to be up again", () => keeper.status().up && keeper.status().restarts > restarts, 60_000);
  const { signature, digest } = await keeper.attest();
  expect(signerOf(signature, digest)).toBe(kms.keys[0]?.address);
}

describe("a keeper of a KMS key", () => {
  let keeper: TestKeeper;
  beforeAll(async () => {
    keeper = await keeperOf([specInKms()], { ...kms.env, AWS_SECRET_ACCESS_KEY: secret });
  });
  afterAll(() => keeper.close());

  it("attests with custody kms, low s only, and keeps no secret of the daemon in its environment", async () => {
    expect(keeper.keys()).toMatchObject([{ name: "in-kms", custody: "kms", attributes: { Origin: "AWS_KMS" } }]);
    for (const signature of ["high s", "low s"] as const) {
      kms.misbehave("Sign", { signature });
      const signed = await keeper.attest();
      expect(signed.digest).toBe(vector.digest.white);
      expect(signerOf(signed.signature, signed.digest)).toBe(kms.keys[0]?.address); // signerOf takes low s only
    }
    const environment = readFileSync(`/proc/${keeper.pid()}/environ`, "utf8");
    expect(environment).toContain("AWS_SHARED_CREDENTIALS_FILE=");
    expect(environment).not.toContain(secret);
  });

  it("stays as it is when KMS throttles, and says when to come again", async () => {
    const before = [keeper.pid(), keeper.status()];
    kms.misbehave("Sign", { answer: "ThrottlingException" });
    await expect(keeper.attest()).rejects.toMatchObject({ code: "overloaded", data: { retryAfterSeconds: 1 } });
    kms.behave();
    await keeper.attest();
    expect([keeper.pid(), keeper.status()]).toEqual(before);
  });

  it("releases nothing when the signature is by another key, and is rebuilt", async () => {
    const { restarts } = keeper.status();
    kms.misbehave("Sign", { signature: "by another key" }, 1);
    await expect(keeper.attest()).rejects.toMatchObject({ code: "wrong_signature", data: { key: "in-kms" } });
    await recovered(keeper, restarts);
  });

  it("answers itself before its deadline when KMS hangs, is rebuilt, and compares the public key again", async () => {
    const { restarts } = keeper.status();
    const before = kms.seen.length; // the rebuilding begins while the request still waits
    kms.misbehave("Sign", { wire: "hang" });
    await expect(keeper.attest()).rejects.toMatchObject({ code: "hsm_error", data: { code: "ETIMEDOUT" } });
    kms.behave();
    await recovered(keeper, restarts);
    expect(kms.seen.slice(before)).toContainEqual(expect.objectContaining({ operation: "GetPublicKey" }));
  });
});

describe("a keeper of a KMS key that", () => {
  it("cannot start, with another key's public key or without credentials, says why", async () => {
    const other = { ...specInKms(), publicKey: (await createdPublicKey()).publicKey };
    await expect(keeperOf([other])).rejects.toMatchObject({ code: "key_mismatch" });
    const nobody = { HOME: "/nonexistent", AWS_EC2_METADATA_DISABLED: "true", AWS_SECRET_ACCESS_KEY: secret };
    await expect(keeperOf([specInKms()], nobody)).rejects.toMatchObject({
      code: "kms_refused",
      data: { code: "CredentialsProviderError", advice: expect.stringContaining("AWS_SHARED_CREDENTIALS_FILE") },
    });
  });

  it("stands beside a token's is another process: one fails, the other signs on", async () => {
    const hsm = await createSoftHsm({ keys: [{ label: "in-token", id: "0001" }] });
    try {
      await using keeper = await keeperOf([specOf(hsm, 0), specInKms()], { ...kms.env, ...hsm.env });
      expect(keeper.keys().map(({ custody }) => custody)).toEqual(["hsm", "kms"]);
      kms.misbehave("Sign", { answer: "AccessDeniedException" });
      await expect(keeper.attest()).rejects.toMatchObject({ code: "kms_refused" });
      const { signature, digest } = await keeper.attest("in-token");
      expect(signerOf(signature, digest)).toBe(hsm.keys[0]?.address);
    } finally {
      hsm.remove();
    }
  });
});

async function createdPublicKey() {
  const double = await createKmsDouble(["ECC_SECG_P256K1"]);
  await double.close();
  const [key] = double.keys;
  if (!key) throw new Error("the double has no key");
  return key;
}
