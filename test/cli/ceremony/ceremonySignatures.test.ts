import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { parseSignerKeys, signersOf } from "../../../cli/ceremony/ceremonySignatures.ts";
import { testSshKey } from "../../support/operator.ts";
import { isRightForSsh, newKeyFile, signWith } from "../../support/sshKeygen.ts";

const transcript = '{\n  "format": "hsm-attestor key ceremony v1"\n}\n';
const [olga, otto, eve] = [testSshKey("olga"), testSshKey("otto"), testSshKey("eve")];
const keys = parseSignerKeys(`# people\nolga ${olga.sshKey}\n\notto\t${otto.sshKey}\n`);

describe("a ceremony's signatures", () => {
  it("name who signed, each once", () => {
    const signatures = [olga, otto, olga].map(({ signWith: sign }) => sign(transcript));
    expect([...signersOf(transcript, signatures, keys)]).toEqual(["olga", "otto"]);
  });

  it.each<[string, string, string]>([
    ["a stranger", eve.signWith(transcript), "signature 1: is by none of the signers"],
    ["another text", otto.signWith(`${transcript} `), "signature 1: is by otto, but not over this transcript"],
    ["another namespace", otto.signWith(transcript, "file"), "is not in namespace hsm-attestor"],
    ["no signature", "signed", "is not what `ssh-keygen -Y sign` writes"],
  ])("are refused: %s", (_what, signature, reason) => {
    expect(() => signersOf(transcript, [signature], keys)).toThrow(reason);
  });

  it("may be OpenSSH's own", () => {
    const folder = mkdtempSync(path.join(tmpdir(), "ceremony-"));
    onTestFinished(() => rmSync(folder, { recursive: true }));
    const { file, line } = newKeyFile(folder, ["ed25519"]);
    const signature = signWith(file, transcript);
    expect(isRightForSsh(folder, signature, transcript)).toBe(true);
    expect([...signersOf(transcript, [signature], parseSignerKeys(`olga ${line}`))]).toEqual(["olga"]);
  });

  it("are checked against lines that name a key each", () => {
    expect(() => parseSignerKeys("olga")).toThrow("line 1: must be NAME TYPE BASE64");
    expect(() => parseSignerKeys("# x\nolga ssh-rsa AAAA")).toThrow("must start with one of ssh-ed25519");
  });
});
