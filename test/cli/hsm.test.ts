import { readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { findSoftHsmModule } from "../../hsm/provisioning/index.ts";
import { attestor } from "../support/attestor.ts";
import { createSoftHsm, type SoftHsm } from "../support/softhsm.ts";

let hsm: SoftHsm;
beforeAll(async () => {
  hsm = await createSoftHsm({ keys: [{ label: "to-beta", id: "0001" }], token: "acme" });
});
afterAll(() => hsm.remove());

const run = (...words: string[]) => attestor(["hsm", ...words], { environment: hsm.env });

describe("attestor hsm", () => {
  it("lists a token's keys with address and whether the signer would take them", async () => {
    const { code, stdout } = await run("list", "--token", "acme", "--pin-file", hsm.pinFile);
    expect(code).toBe(0);
    expect(stdout).toContain(`0001  to-beta  ${hsm.keys[0]?.address}  yes`);
  });

  it("initialises a token and generates a key inside it, ready for the configuration", async () => {
    const officer = path.join(hsm.folder, "so-pin");
    const init = await run("init", "--label", "second", "--pin-file", hsm.pinFile, "--so-pin-file", officer, "--json");
    expect(init.code).toBe(0);
    const words = ["--token", "second", "--label", "k", "--id", "0a0b", "--pin-file", hsm.pinFile, "--json"];
    const keygen = await run("keygen", ...words);
    expect(keygen.code).toBe(0);
    const key = JSON.parse(keygen.stdout) as { uri: string; publicKey: string; address: string };
    expect(key.uri).toContain(`serial=${(JSON.parse(init.stdout) as { serial: string }).serial}`);
    expect(key.uri.toLowerCase()).toContain("id=%0a%0b");
    expect(key.publicKey).toMatch(/^0x04[0-9a-f]{128}$/);
    const again = await run("keygen", ...words);
    expect(again.code).toBe(1);
    expect(again.stderr).toContain("already");
  });

  it("names the library of a new key by its whole path, however it was typed", async () => {
    const module = path.relative("", findSoftHsmModule());
    const words = [
      "--token",
      "acme",
      "--label",
      "typed",
      "--id",
      "0b0b",
      "--pin-file",
      hsm.pinFile,
      "--module",
      module,
    ];
    const { code, stdout } = await run("keygen", ...words, "--json");
    expect(code).toBe(0);
    expect(stdout).toContain(`module-path=${findSoftHsmModule()}`);
  });

  it("touches no token that exists", async () => {
    const pins = ["--pin-file", hsm.pinFile, "--so-pin-file", path.join(hsm.folder, "so-pin")];
    const { code, stderr } = await run("init", "--label", "acme", ...pins);
    expect(stderr).toContain("exists already");
    expect(code).toBe(1);
  });

  it("refuses a wrong PIN, a PIN file that others can read, and an unknown token, and never shows a PIN", async () => {
    const wrong = path.join(hsm.folder, "wrong-pin");
    writeFileSync(wrong, "1234567890\n", { mode: 0o600 });
    const open = path.join(hsm.folder, "open-pin");
    writeFileSync(open, readFileSync(hsm.pinFile), { mode: 0o644 });
    for (const [pinFile, token, named] of [
      [wrong, "acme", "rejected the PIN"],
      [open, "acme", open],
      [hsm.pinFile, "none", "Token none"],
    ] as const) {
      const { code, stdout, stderr } = await run("list", "--token", token, "--pin-file", pinFile);
      expect(stderr).toContain(named);
      expect(stdout + stderr).not.toContain(hsm.pin);
      expect(stdout + stderr).not.toContain("1234567890");
      expect(code).toBe(1);
    }
  });
});
