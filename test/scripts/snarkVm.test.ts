import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { load } from "./load.ts";

const { snarkVmIsReady } = await load<{ snarkVmIsReady(root: string): boolean }>("setup/snarkVm.mjs");

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "attestor-snarkvm-"));
  mkdirSync(join(root, "test/snarkvm/node_modules"), { recursive: true });
});
afterEach(() => rmSync(root, { recursive: true }));

function lock(file: string, integrity: string): void {
  const packages = { "node_modules/@provablehq/wasm": { integrity } };
  writeFileSync(join(root, "test/snarkvm", file), JSON.stringify({ packages }));
}

describe("snarkVM, for the tests to compare with,", () => {
  test("is ready when the one that our lock file names was installed to the end", () => {
    lock("package-lock.json", "sha512-a");
    lock("node_modules/.package-lock.json", "sha512-a");
    expect(snarkVmIsReady(root)).toBe(true);
  });

  test("is not ready when the installation did not end, or is another version's", () => {
    lock("package-lock.json", "sha512-a");
    expect(snarkVmIsReady(root)).toBe(false);
    lock("node_modules/.package-lock.json", "sha512-b");
    expect(snarkVmIsReady(root)).toBe(false);
  });

  test("is not ready where our lock file names none", () => {
    writeFileSync(join(root, "test/snarkvm/package-lock.json"), "{}");
    writeFileSync(join(root, "test/snarkvm/node_modules/.package-lock.json"), "{}");
    expect(snarkVmIsReady(root)).toBe(false);
  });
});
