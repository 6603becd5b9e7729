import { chmodSync, chownSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { readPin } from "../../../hsm/pin/pinFile.ts";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), "pin-"));
});
afterEach(() => rmSync(folder, { recursive: true }));

function pinFile(content: string | Buffer, mode = 0o600): string {
  const file = path.join(folder, "pin");
  writeFileSync(file, content);
  chmodSync(file, mode);
  return file;
}

const read = (file: string) => readPin({ file }, {}).value.reveal();

describe("readPin", () => {
  it.each([
    ["without a newline", "1234", "1234"],
    ["with one newline", "1234\n", "1234"],
    ["with a newline of another system", "1234\r\n", "1234"],
    ["with blanks, which belong to it", " 12 34 \n", " 12 34 "],
    ["of a CloudHSM user", "attestor:pa$$wörd\n", "attestor:pa$$wörd"],
  ])("reads a PIN %s", (_what, content, pin) => {
    expect(read(pinFile(content))).toBe(pin);
  });

  it("takes a file that its owner can only read", () => {
    expect(read(pinFile("1234", 0o400))).toBe("1234");
  });

  it.each(["640", "604", "620", "601", "666"])("refuses a file of mode %s", (mode) => {
    expect(() => read(pinFile("1234", Number.parseInt(mode, 8)))).toThrow("other users have access to it");
  });

  it("refuses a file of another user, root excepted", () => {
    const file = pinFile("1234");
    if (process.getuid?.() === 0) {
      expect(read(file)).toBe("1234");
      chownSync(file, 1, 1);
    }
    const user = vi.spyOn(process, "geteuid").mockReturnValue(4242);
    expect(() => read(file)).toThrow("it belongs to another user");
    user.mockRestore();
  });

  it.each([
    ["an empty file", ""],
    ["a lone newline", "\n"],
    ["two lines", "1234\n5678\n"],
    ["a second newline", "1234\n\n"],
    ["a NUL", "12\x0034"],
    ["a byte order mark", "\uFEFF1234"],
    ["a control character", "1234\x1b"],
    ["bytes that are not UTF-8", Buffer.of(0x31, 0xff)],
    ["a long file", "1".repeat(1025)],
  ])("refuses %s without showing it", (_what, content) => {
    const file = pinFile(content);
    expect(() => read(file)).toThrow(expect.objectContaining({ code: "pin_unreadable", data: expect.anything() }));
    expect(() => read(file)).toThrow(expect.not.objectContaining({ message: expect.stringContaining("1234") }));
  });

  it("refuses a missing file and a folder", () => {
    expect(() => read(path.join(folder, "none"))).toThrow("does not exist");
    expect(() => read(folder)).toThrow("it is not a file");
  });

  it("judges the file behind a link", () => {
    const link = path.join(folder, "link");
    symlinkSync(pinFile("1234", 0o644), link);
    expect(() => read(link)).toThrow("other users have access");
  });

  it("reads a credential from the folder that systemd names, whose access list shows as group access", () => {
    mkdirSync(path.join(folder, "credentials"));
    const file = path.join(folder, "credentials", "hsm-pin");
    writeFileSync(file, "1234\n");
    chmodSync(file, 0o440);
    const environment = { CREDENTIALS_DIRECTORY: path.join(folder, "credentials") };
    expect(readPin({ credential: "hsm-pin" }, environment).value.reveal()).toBe("1234");
    chmodSync(file, 0o444);
    expect(() => readPin({ credential: "hsm-pin" }, environment)).toThrow("other users have access");
  });

  it("refuses a credential where systemd gives none", () => {
    expect(() => readPin({ credential: "hsm-pin" }, {})).toThrow("CREDENTIALS_DIRECTORY is not set");
    expect(() => readPin({ credential: "hsm-pin" }, { CREDENTIALS_DIRECTORY: "." })).toThrow("is not set to a folder");
  });

  it("gives another version once the file was written again, and the same until then", () => {
    const file = pinFile("1234");
    const { version } = readPin({ file }, {});
    expect(readPin({ file }, {}).version).toBe(version);
    utimesSync(file, 1, 1);
    expect(readPin({ file }, {}).version).not.toBe(version);
  });
});
