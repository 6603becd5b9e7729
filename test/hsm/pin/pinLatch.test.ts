import { execFile } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { promisify } from "node:util";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { PinLatch } from "../../../hsm/pin/pinLatch.ts";
import { Secret } from "../../../shared/config/index.ts";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), "latch-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const token = { label: "signer", serial: "0f3b" };
const pin = (digits: string, version = "1") => ({ value: new Secret(digits), version });
const latch = () => new PinLatch(path.join(folder, "state"), token); // a fresh one each time, as after a restart
const files = () => readdirSync(path.join(folder, "state"));
const file = () => path.join(folder, "state", files()[0] ?? "none");

function tryAndReject(digits: string): void {
  latch().beforeLogin(pin(digits));
  latch().rejected(pin(digits));
}

const latched = expect.objectContaining({ code: "pin_latched" });

describe("PinLatch", () => {
  it("lets a PIN be tried that was never rejected, and leaves nothing once it is accepted", () => {
    latch().beforeLogin(pin("13572468"));
    latch().accepted();
    expect(files()).toEqual([]);
  });

  it("refuses a rejected PIN, also when its file was written anew", () => {
    tryAndReject("13572468");
    expect(() => latch().beforeLogin(pin("13572468"))).toThrow(latched);
    expect(() => latch().beforeLogin(pin("13572468", "2"))).toThrow(latched);
  });

  it("lets another PIN be tried, and still refuses the first one when that is rejected too", () => {
    tryAndReject("13572468");
    tryAndReject("99999999");
    for (const digits of ["13572468", "99999999"]) expect(() => latch().beforeLogin(pin(digits))).toThrow(latched);
  });

  it("forgets every rejected PIN after a good login", () => {
    tryAndReject("13572468");
    latch().beforeLogin(pin("99999999"));
    latch().accepted();
    latch().beforeLogin(pin("13572468"));
  });

  it("keeps what was rejected when a login fails for another reason", () => {
    tryAndReject("13572468");
    latch().beforeLogin(pin("99999999"));
    latch().notJudged();
    expect(() => latch().beforeLogin(pin("13572468"))).toThrow(latched);
    latch().beforeLogin(pin("99999999"));
  });

  it("counts no try that the token did not judge", () => {
    for (let round = 0; round < 5; round += 1) {
      latch().beforeLogin(pin("13572468"));
      latch().notJudged();
    }
    expect(files()).toEqual([]);
  });

  it("refuses a PIN version whose login was cut off three times, because each may have been a failed one", () => {
    for (let round = 0; round < 3; round += 1) latch().beforeLogin(pin("13572468"));
    expect(() => latch().beforeLogin(pin("13572468"))).toThrow(latched);
    latch().beforeLogin(pin("13572468", "2"));
  });

  it("keeps the PIN out of its file, which only the owner can read", () => {
    latch().beforeLogin(pin("13572468"));
    expect(readFileSync(file(), "utf8")).not.toContain("13572468");
    latch().rejected(pin("13572468"));
    expect(readFileSync(file(), "utf8")).not.toContain("13572468");
    expect(statSync(file()).mode & 0o777).toBe(0o600);
    expect(files()).toHaveLength(1);
  });

  it("hashes one PIN differently for each token", () => {
    tryAndReject("13572468");
    const other = new PinLatch(path.join(folder, "other"), token);
    other.beforeLogin(pin("13572468"));
    other.rejected(pin("13572468"));
    const hashIn = (name: string) => {
      const directory = path.join(folder, name);
      return JSON.parse(readFileSync(path.join(directory, readdirSync(directory)[0] ?? ""), "utf8")).rejected;
    };
    expect(hashIn("state")).not.toEqual(hashIn("other"));
  });

  it("is written by two processes at a time without one spoiling what the other one writes", async () => {
    const script = path.join(import.meta.dirname, "../support/logInOften.ts");
    // a version each: tries of one version that overlap are counted, and here they would be too many
    const run = (version: string) =>
      promisify(execFile)(process.execPath, [script, path.join(folder, "state"), version]);
    const printed = await Promise.all(["1", "2"].map(run));
    expect(printed.map(({ stdout }) => stdout)).toEqual(["", ""]);
    expect(files()).toEqual([]);
  });

  it("is another one for each token", () => {
    tryAndReject("13572468");
    new PinLatch(path.join(folder, "state"), { ...token, serial: "other" }).beforeLogin(pin("13572468"));
  });

  it("allows no login while its file is damaged or cannot be written", () => {
    tryAndReject("13572468");
    writeFileSync(file(), "{}");
    expect(() => latch().beforeLogin(pin("13572468"))).toThrow("it is damaged");
    const inTheWay = path.join(folder, "file");
    writeFileSync(inTheWay, "");
    const blocked = new PinLatch(inTheWay, token);
    expect(() => blocked.beforeLogin(pin("13572468"))).toThrow(expect.objectContaining({ code: "database_unusable" }));
  });
});
