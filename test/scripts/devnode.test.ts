import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { load } from "./load.ts";

const { chooseMirror, glibcPrefix } = await load<{
  chooseMirror(targets: string, osRelease: string): string | undefined;
  glibcPrefix(folder: string): string[] | undefined;
}>("setup/glibc.mjs");
const { codeWithoutDevnode } = await load<{
  codeWithoutDevnode(how: "alone" | "among others", env: Record<string, string>): number;
}>("aleoVm.mjs");
const { devnodeIsReady } = await load<{ devnodeIsReady(root: string): boolean }>("setup/devnode.mjs");

describe("the Debian mirror for a newer C library", () => {
  const debian12 = "ID=debian\nVERSION_CODENAME=bookworm\n";
  const targets = [
    "http://security.test/ bookworm-security main",
    "http://mirror.test/ bookworm contrib",
    "http://mirror.test/debian/ bookworm main",
    "http://other.test/ nodistro main",
  ].join("\n");

  test("is the one from which the system takes its own release", () => {
    expect(chooseMirror(targets, debian12)).toBe("http://mirror.test/debian/");
  });

  test("is none on another distribution, whose libraries are not Debian's, and none where the release is not found", () => {
    expect(chooseMirror(targets, "ID=ubuntu\nVERSION_CODENAME=bookworm\n")).toBeUndefined();
    expect(chooseMirror(targets, "ID=debian\nVERSION_CODENAME=sid\n")).toBeUndefined();
    expect(chooseMirror("", debian12)).toBeUndefined();
    expect(chooseMirror(targets, "")).toBeUndefined();
  });
});

describe("an Aleo node that does not run", () => {
  test("makes the tests on it end with 3, and does not fail the long tests", () => {
    expect(codeWithoutDevnode("alone", {})).toBe(3);
    expect(codeWithoutDevnode("among others", {})).toBe(0);
  });

  test("is a failure where it is required", () => {
    expect(codeWithoutDevnode("alone", { REQUIRE_ALEO_VM: "1" })).toBe(1);
    expect(codeWithoutDevnode("among others", { REQUIRE_ALEO_VM: "1" })).toBe(1);
    expect(codeWithoutDevnode("alone", { REQUIRE_ALEO_VM: "0" })).toBe(3);
  });
});

describe("the Aleo node that set-up has found", () => {
  let root: string;
  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), "attestor-devnode-"));
    mkdirSync(join(root, ".attestor/devnode"), { recursive: true });
    mkdirSync(join(root, "toolchain/devnode/node_modules"), { recursive: true });
    for (const file of ["package-lock.json", "node_modules/.package-lock.json"]) lock(file, "sha512-a");
  });
  afterEach(() => rmSync(root, { recursive: true }));

  function lock(file: string, integrity: string): void {
    const packages = { "node_modules/@provablehq/aleo-devnode-linux-x64": { integrity } };
    writeFileSync(join(root, "toolchain/devnode", file), JSON.stringify({ packages }));
  }
  function find(finding: object): void {
    writeFileSync(join(root, ".attestor/devnode/finding.json"), JSON.stringify(finding));
  }

  test("is ready when it runs, and is the one that our lock file names", () => {
    find({ command: [process.execPath] });
    expect(devnodeIsReady(root)).toBe(true);
    lock("node_modules/.package-lock.json", "sha512-b");
    expect(devnodeIsReady(root)).toBe(false);
  });

  test("is not ready when it does not start any more, when none was found, and before set-up looked", () => {
    expect(devnodeIsReady(root)).toBe(false);
    find({ reason: "none" });
    expect(devnodeIsReady(root)).toBe(false);
    find({ command: [join(root, "gone")] });
    expect(devnodeIsReady(root)).toBe(false);
  });

  test("starts with a C library that was unpacked for it, if one was", () => {
    expect(glibcPrefix(root)).toBeUndefined();
    const libraries = join(root, "usr/lib/x86_64-linux-gnu");
    mkdirSync(libraries, { recursive: true });
    writeFileSync(join(libraries, "ld-linux-x86-64.so.2"), "");
    const [loader, option, path] = glibcPrefix(root) ?? [];
    expect(loader).toBe(join(libraries, "ld-linux-x86-64.so.2"));
    expect(option).toBe("--library-path");
    expect(path?.split(":")[0]).toBe(libraries);
  });
});
