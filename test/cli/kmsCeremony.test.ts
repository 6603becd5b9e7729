import { existsSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { kmsUriOf } from "../../cli/ceremony/holdKmsCeremony.ts";
import { type CeremonyTranscript, readTranscript, transcriptHash } from "../../hsm/index.ts";
import { describeKmsKey } from "../../hsm/provisioning/index.ts";
import { attestorHere } from "../support/attestorHere.ts";
import { createdAt, createKmsDouble, type KmsDouble } from "../support/kmsDouble.ts";
import { testSshKey } from "../support/operator.ts";

let kms: KmsDouble;
beforeAll(async () => {
  kms = await createKmsDouble(["ECC_SECG_P256K1", "ECC_NIST_P256"]);
  Object.assign(process.env, kms.env); // the SDK reads it
});
afterEach(() => kms.behave());
afterAll(() => kms.close());

const tokenUri = "pkcs11:token=t;serial=s;id=%00%01;object=key?module-path=/m.so&pin-source=file:/pin";
const file = (name: string) => path.join(kms.folder, name);
const run = (...words: string[]) => attestorHere(["hsm", "ceremony", ...words]);
const ceremony = (changes: Record<string, string> = {}, ...flags: string[]) => {
  const options = {
    ...{ kms: kms.keys[0]?.uri ?? "", label: "to-evm", use: "verulink-evm/main/27234042785" },
    ...{ participants: "olga,otto", transcript: file("to-evm.json") },
    ...changes,
  };
  return run(...Object.entries(options).flatMap(([option, value]) => [`--${option}`, value]), "--json", ...flags);
};

describe("attestor hsm ceremony with a key of AWS KMS", () => {
  it("writes down what KMS states of the key, and the key signs it", async () => {
    const held = await ceremony();
    expect(held).toMatchObject({ code: 0, stderr: "" });
    const text = readFileSync(file("to-evm.json"), "utf8");
    const transcript: CeremonyTranscript = readTranscript(text);
    const [key] = kms.keys;
    expect(transcript).toMatchObject({
      participants: ["olga", "otto"],
      generated: false,
      attestationCertificate: null,
      device: {
        token: "account 111122223333",
        serial: key?.arn.split("/")[1],
        manufacturer: "Amazon Web Services",
        model: "KMS eu-central-1",
        library: "KMS API 2014-11-01",
      },
      key: {
        ...{ name: "to-evm", uri: key?.uri, publicKey: key?.publicKey, address: key?.address },
        use: { scheme: "verulink-evm", deployment: "main", destination: "27234042785" },
        attributes: {
          ...{ KeySpec: "ECC_SECG_P256K1", KeyUsage: "SIGN_VERIFY", Origin: "AWS_KMS", MultiRegion: "false" },
          CreationDate: new Date(createdAt).toISOString(),
        },
      },
    });
    expect(JSON.parse(held.stdout)).toMatchObject({ address: key?.address, sha256: transcriptHash(text) });

    const olga = testSshKey("olga");
    writeFileSync(file("signers"), `olga ${olga.sshKey}\n`);
    writeFileSync(file("olga.sig"), olga.signWith(text));
    const words = ["--signers", file("signers"), "--signatures", file("olga.sig")];
    expect(await run("verify", file("to-evm.json"), ...words)).toMatchObject({
      code: 1,
      stdout: expect.stringMatching(/custody +kms\n[\s\S]*missing +otto/),
    });
  });

  it("has no use for a token's options", async () => {
    const { code, stderr } = await ceremony({ token: "acme", transcript: file("token.json") });
    expect({ code, stderr }).toMatchObject({ code: 2, stderr: expect.stringContaining("--token says nothing about") });
    expect(existsSync(file("token.json"))).toBe(false);
  });
});

/** In this process, which runs this file alone: what a ceremony asks first, before it writes anything. */
describe("a KMS key that is described for a ceremony", () => {
  const describeKey = (index = 0) => describeKmsKey("to-evm", kmsUriOf(kms.keys[index]?.uri ?? ""));

  it("is refused if it is of another curve", async () => {
    await expect(describeKey(1)).rejects.toMatchObject({ code: "key_attribute", data: { attribute: "KeySpec" } });
  });

  it.each([
    ["was imported", { Origin: "EXTERNAL" }, "Origin"],
    ["says that it is in CloudHSM's key store, which holds no such keys", { Origin: "AWS_CLOUDHSM" }, "Origin"],
    ["can be copied to other regions", { MultiRegion: true }, "MultiRegion"],
  ])("is refused if it %s", async (_what, metadata, attribute) => {
    const [key] = kms.keys;
    const before = { ...key?.metadata };
    Object.assign(key?.metadata ?? {}, metadata);
    await expect(describeKey()).rejects.toMatchObject({ code: "key_attribute", data: { attribute } });
    Object.assign(key?.metadata ?? {}, before);
  });

  it("says what to do when KMS does not let it in, and takes no token's URI", async () => {
    kms.misbehave("DescribeKey", { answer: "AccessDeniedException" });
    await expect(describeKey()).rejects.toThrow("Allow kms:DescribeKey");
    expect(() => kmsUriOf("awskms:arn:aws:kms:eu-central-1:1:alias/a")).toThrow("alias");
    expect(() => kmsUriOf(tokenUri)).toThrow("--kms must be awskms:ARN");
  });
});
