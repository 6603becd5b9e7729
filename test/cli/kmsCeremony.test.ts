import { existsSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { type CeremonyTranscript, readTranscript, transcriptHash } from "../../hsm/index.ts";
import { attestor } from "../support/attestor.ts";
import { createdAt, createKmsDouble, type KmsDouble } from "../support/kmsDouble.ts";
import { testSshKey } from "../support/operator.ts";

let kms: KmsDouble;
beforeAll(async () => {
  kms = await createKmsDouble(["ECC_SECG_P256K1", "ECC_NIST_P256"]);
});
afterEach(() => kms.behave());
afterAll(() => kms.close());

const file = (name: string) => path.join(kms.folder, name);
const run = (...words: string[]) => attestor(["hsm", "ceremony", ...words], { environment: kms.env });
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
      stdout: expect.stringMatching(/missing +otto/),
    });
  });

  const none = (name: string) => ({ transcript: file(`${name}.json`) });
  it.each<[string, () => Promise<{ code: number | null; stderr: string }>, string]>([
    ["of another curve", () => ceremony({ kms: kms.keys[1]?.uri ?? "", ...none("curve") }), "KeySpec"],
    [
      "named with a token",
      () => ceremony({ token: "acme", ...none("token") }),
      "--token says nothing about a key of AWS",
    ],
    [
      "named by an alias",
      () => ceremony({ kms: "awskms:arn:aws:kms:eu-central-1:1:alias/a", ...none("alias") }),
      "alias",
    ],
  ])("refuses a key %s, and writes nothing", async (_what, hold, problem) => {
    const { code, stderr } = await hold();
    expect(code).not.toBe(0);
    expect(stderr).toContain(problem);
    for (const name of ["curve", "token", "alias"]) expect(existsSync(file(`${name}.json`))).toBe(false);
  });

  it.each([
    ["was imported", { Origin: "EXTERNAL" }, "Origin"],
    ["says that it is in CloudHSM's key store, which holds no such keys", { Origin: "AWS_CLOUDHSM" }, "Origin"],
    ["can be copied to other regions", { MultiRegion: true }, "MultiRegion"],
  ])("refuses a key that %s", async (_what, metadata, attribute) => {
    const [key] = kms.keys;
    const before = { ...key?.metadata };
    Object.assign(key?.metadata ?? {}, metadata);
    const { code, stderr } = await ceremony(none("refused"));
    Object.assign(key?.metadata ?? {}, before);
    expect({ code, stderr }).toMatchObject({ code: 1, stderr: expect.stringContaining(attribute) });
    expect(existsSync(file("refused.json"))).toBe(false);
  });

  it("says what to do when KMS does not let it in", async () => {
    kms.misbehave("DescribeKey", { answer: "AccessDeniedException" });
    const { code, stderr } = await ceremony(none("denied"));
    expect({ code, stderr }).toMatchObject({ code: 1, stderr: expect.stringContaining("Allow kms:DescribeKey") });
  });
});
