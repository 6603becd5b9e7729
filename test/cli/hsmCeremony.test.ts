import { existsSync, readFileSync, statSync, writeFileSync } from "node:fs";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { encodeTemplate } from "../../hsm/pkcs11/attributes.ts";
import { findKeyObjects } from "../../hsm/pkcs11/findObjects.ts";
import { listKeys, readPinFile } from "../../hsm/provisioning/index.ts";
import { attestationOver, pemOf, spkiOf } from "../hsm/support/certificate.ts";
import { inToken, withSoftHsmEnvironment } from "../hsm/support/inToken.ts";
import { attestor } from "../support/attestor.ts";
import { attestorHere } from "../support/attestorHere.ts";
import { testSshKey } from "../support/operator.ts";
import { createSoftHsm, type SoftHsm } from "../support/softhsm.ts";

let hsm: SoftHsm;
beforeAll(async () => {
  hsm = await createSoftHsm({ keys: [{ label: "old", id: "0001" }], token: "acme" });
  Object.assign(process.env, hsm.env);
});
afterAll(() => hsm.remove());

const run = (...words: string[]) => attestorHere(["hsm", "ceremony", ...words]);
const file = (name: string) => path.join(hsm.folder, name);
const wordsOf = (changes: Record<string, string> = {}, ...flags: string[]) => {
  const options = {
    ...{ token: "acme", label: "to-evm", id: "000a", use: "verulink-evm/main/27234042785" },
    ...{ participants: "olga,otto", "pin-file": hsm.pinFile, transcript: file("to-evm.json") },
    ...changes,
  };
  return [...Object.entries(options).flatMap(([option, value]) => [`--${option}`, value]), "--json", ...flags];
};
const ceremony = (changes: Record<string, string> = {}, ...flags: string[]) => run(...wordsOf(changes, ...flags));

interface Transcript {
  readonly key: { readonly publicKey: string; readonly attributes: Record<string, string> };
  readonly [field: string]: unknown;
}
const transcriptIn = (name: string) => JSON.parse(readFileSync(file(name), "utf8")) as Transcript;

describe("attestor hsm ceremony", () => {
  it("generates a key, has it sign what was done, and every participant's signature counts", async () => {
    const held = await attestor(["hsm", "ceremony", ...wordsOf()], { environment: hsm.env });
    expect(held).toMatchObject({ code: 0, stderr: "" });
    const printed = JSON.parse(held.stdout) as Record<string, string>;
    const transcript = transcriptIn("to-evm.json");
    expect(transcript).toMatchObject({
      participants: ["olga", "otto"],
      generated: true,
      attestationCertificate: null,
      device: { token: "acme", serial: hsm.serial, manufacturer: "SoftHSM project", firmware: "2.6" },
      key: {
        ...{ name: "to-evm", uri: printed.uri, publicKey: printed.publicKey, address: printed.address },
        use: { scheme: "verulink-evm", deployment: "main", destination: "27234042785" },
        attributes: { CKA_SENSITIVE: "true", CKA_NEVER_EXTRACTABLE: "true", CKA_LOCAL: "true" },
      },
    });

    const text = readFileSync(file("to-evm.json"), "utf8");
    const [olga, otto] = [testSshKey("olga"), testSshKey("otto")];
    writeFileSync(file("signers"), `olga ${olga.sshKey}\notto ${otto.sshKey}\n`);
    writeFileSync(file("olga.sig"), olga.signWith(text));
    writeFileSync(file("otto.sig"), otto.signWith(text));
    const verify = (...names: string[]) =>
      run("verify", file("to-evm.json"), "--signers", file("signers"), "--signatures", names.map(file).join(","));
    const [all, one] = await Promise.all([verify("olga.sig", "otto.sig"), verify("olga.sig")]);
    expect(all.stdout).toContain(printed.sha256);
    expect(all).toMatchObject({ code: 0, stdout: expect.stringMatching(/signed +olga, otto\nmissing +nobody/) });
    expect(one).toMatchObject({ code: 1, stdout: expect.stringMatching(/missing +otto/) });
  });

  it("seals an Aleo key's seed by an AES key, and says that it is not in the HSM", async () => {
    const use = "verulink-aleo-schnorr/main/6694886634401";
    const sealed = {
      label: "to-aleo",
      id: "000c",
      use,
      "sealed-file": file("seed.json"),
      transcript: file("to-aleo.json"),
    };
    const held = await ceremony(sealed);
    expect(held).toMatchObject({ code: 0, stderr: "" });
    const printed = JSON.parse(held.stdout) as Record<string, string>;
    expect(printed).toMatchObject({ custody: "sealed-software", publicKey: printed.address });
    expect(printed.uri).toContain("aleo-sealed:token=acme");
    expect(statSync(file("seed.json")).mode & 0o777).toBe(0o600);
    expect(JSON.parse(readFileSync(file("seed.json"), "utf8"))).toMatchObject({
      address: printed.address,
      sealingKey: "0x000c",
    });
    expect(transcriptIn("to-aleo.json")).toMatchObject({
      possession: expect.stringMatching(/^sign1[0-9a-z]{211}$/),
      key: { address: printed.address, custody: "sealed-software", attributes: { CKA_EXTRACTABLE: "false" } },
    });
    const { uri, publicKey, custody } = printed;
    const [scheme, deployment, destination] = use.split("/");
    const keys = [{ name: "to-aleo", uri, publicKey, custody, scheme, deployment, destination }];
    const keeper = { service: "keeper", socket: "/s", daemonUser: "attestor-signer", stateFolder: "/state" };
    writeFileSync(file("keeper.yaml"), JSON.stringify({ ...keeper, keys }));
    expect((await attestorHere(["config", "check", file("keeper.yaml")])).stdout).toMatch(
      /sealed-software: to-aleo .*OUTSIDE/,
    );
    writeFileSync(file("unaccepted.yaml"), JSON.stringify({ ...keeper, keys: [{ ...keys[0], custody: undefined }] }));
    expect(await attestorHere(["config", "check", file("unaccepted.yaml")])).toMatchObject({ code: 2 });

    const text = readFileSync(file("to-aleo.json"), "utf8");
    expect(await run("verify", file("to-aleo.json"))).toMatchObject({
      ...{ code: 0, stdout: expect.stringMatching(/custody +sealed-software/) },
    });
    writeFileSync(file("edited.json"), text.replace("otto", "eve"));
    expect(await run("verify", file("edited.json"))).toMatchObject({
      ...{ code: 1, stderr: expect.stringContaining("is not signed by its key") },
    });
    const again = await ceremony({ ...sealed, id: "000d", label: "again", transcript: file("again.json") });
    expect(again.stderr).toContain("seed.json exists already");
  });

  it("generates nothing where its transcript could not be written, or a certificate is to be about the new key", async () => {
    const other = { label: "other", id: "000b" };
    const again = await ceremony(other);
    expect(again).toMatchObject({ code: 1, stderr: expect.stringContaining("exists already") });
    const nowhere = await ceremony({ ...other, transcript: file("no/folder/to-evm.json") });
    expect(nowhere).toMatchObject({
      code: 2,
      stderr: expect.stringContaining("to-evm.json cannot be written (ENOENT)"),
    });
    const sealed = { ...other, use: "verulink-aleo-schnorr/main/1", transcript: file("sealed.json") };
    const seedNowhere = await ceremony({ ...sealed, "sealed-file": file("no/folder/seed.json") });
    expect(seedNowhere).toMatchObject({
      code: 2,
      stderr: expect.stringContaining("seed.json cannot be written (ENOENT)"),
    });
    writeFileSync(file("early.pem"), pemOf(attestationOver(spkiOf(hsm.keys[0]?.publicKey ?? ""))));
    const early = await ceremony({ ...other, transcript: file("early.json"), certificate: file("early.pem") });
    expect(early).toMatchObject({
      code: 2,
      stderr: expect.stringContaining("--certificate is about a key that is there"),
    });
    const { module, token, pinFile } = hsm;
    const keys = withSoftHsmEnvironment(hsm, () => listKeys({ module, token, pin: readPinFile(pinFile) }));
    const secret = inToken(hsm, (cryptoki, session) => findKeyObjects(cryptoki, session, "CKO_SECRET_KEY"));
    expect([...keys, ...secret].map(({ label }) => label)).not.toContain("other");
  });

  it("records a key that is there, with the certificate that its token keeps or that a file holds", async () => {
    const spki = spkiOf(hsm.keys[0]?.publicKey ?? "");
    const certificate = attestationOver(spki);
    const old = { label: "old", id: "0001", use: "audit" };
    writeFileSync(file("vendor.pem"), pemOf(certificate));
    const fromFile = await ceremony(
      { ...old, transcript: file("from-file.json"), certificate: file("vendor.pem") },
      "--existing",
    );
    expect(fromFile).toMatchObject({ code: 0, stderr: "" });
    expect(transcriptIn("from-file.json")).toMatchObject({
      ...{ generated: false, attestationCertificate: pemOf(certificate), key: { use: "audit" } },
    });

    inToken(hsm, (cryptoki, session) => {
      const names = { CKA_ID: Buffer.from("0001", "hex"), CKA_LABEL: Buffer.from("old") };
      const template = encodeTemplate({ CKA_CLASS: 1, CKA_TOKEN: true, CKA_VALUE: certificate, ...names });
      // CKA_CERTIFICATE_TYPE (X.509) and CKA_SUBJECT, which nothing of ours reads
      const more = [
        { type: 0x80, value: Buffer.alloc(8) },
        { type: 0x101, value: Buffer.from("3000", "hex") },
      ];
      cryptoki.C_CreateObject(session, [...template, ...more]);
    });
    expect(await ceremony({ ...old, transcript: file("from-token.json") }, "--existing")).toMatchObject({ code: 0 });
    expect(transcriptIn("from-token.json").attestationCertificate).toBe(pemOf(certificate));
  });

  it("that finds the key of one that broke off says the two ways on, and writes no transcript", async () => {
    const again = await ceremony({ label: "old", id: "0001", use: "audit", transcript: file("again.json") });
    expect(again.code).toBe(1);
    expect(again.stderr).toContain("take another --id and --label, or record that key with --existing");
    expect(existsSync(file("again.json"))).toBe(false);
  });

  it("says whose token it is in the key's URI, where the token does not tell", async () => {
    const changes = { label: "old", id: "0001", use: "audit", transcript: file("vendor.json"), vendor: "generic" };
    expect(await ceremony(changes, "--existing")).toMatchObject({ code: 0, stderr: "" });
    expect(transcriptIn("vendor.json").key).toMatchObject({ uri: expect.stringContaining("x-vendor=generic") });
  });

  it("refuses a certificate over another key", async () => {
    const { key } = transcriptIn("to-evm.json");
    writeFileSync(file("other.pem"), pemOf(attestationOver(spkiOf(key.publicKey))));
    const changes = { label: "old", id: "0001", transcript: file("none.json"), certificate: file("other.pem") };
    const { code, stderr } = await ceremony(changes, "--existing");
    expect({ code, stderr }).toMatchObject({ code: 1, stderr: expect.stringContaining("is about another key") });
    expect(existsSync(file("none.json"))).toBe(false);
  });
});
