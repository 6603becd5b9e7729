import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { load, root } from "./load.ts";

interface Import {
  from: string;
  to: string;
  isFile: boolean;
  kind: "static" | "dynamic" | "type";
}
type Lock = Record<string, { version: string; dependencies?: Record<string, string>; os?: string[] }>;

const { readImports } = await load<{ readImports: (root: string, configs: string[]) => Import[] }>("graph.mjs");
const { loadedBy, packageClosure } = await load<{
  loadedBy: (
    imports: Import[],
    isStart: (file: string) => boolean,
    kinds: string[],
  ) => { files: Set<string>; packages: Set<string> };
  packageClosure: (
    names: Iterable<string>,
    lock: Lock,
    machine: { platform: string; arch: string },
  ) => Map<string, object>;
}>("tcbClosure.mjs");

let tree: string;
beforeEach(() => {
  tree = mkdtempSync(join(tmpdir(), "attestor-imports-"));
});
afterEach(() => rmSync(tree, { recursive: true }));

function plant(files: Record<string, string>): void {
  const config = { compilerOptions: { allowImportingTsExtensions: true, noEmit: true }, include: ["**/*.ts"] };
  for (const [path, text] of Object.entries({ "tsconfig.json": JSON.stringify(config), ...files })) {
    mkdirSync(dirname(join(tree, path)), { recursive: true });
    writeFileSync(join(tree, path), text);
  }
}

function checkTree(): { status: number | null; refusals: string[] } {
  const script = join(root, "scripts", "imports.mjs");
  const { status, stdout } = spawnSync(process.execPath, [script, tree, "tsconfig.json"], { encoding: "utf8" });
  // The last line counts; what the compiler's own process says when it is closed is on the error stream.
  return { status, refusals: stdout.trimEnd().split("\n").slice(0, -1) };
}

const doors = {
  "shared/packet/index.ts": "export const packet = 1;",
  "hsm/index.ts": "export const keystore = 1;",
  "hsm/keeper/keeper.ts": "export const keeper = 1;",
  "signer/index.ts": 'import { keystore } from "../hsm/index.ts"; export const signer = keystore;',
  "chain/index.ts": 'import { packet } from "../shared/packet/index.ts"; export const chain = packet;',
  "cli/main.ts":
    'import { chain } from "../chain/index.ts"; import { signer } from "../signer/index.ts"; [chain, signer];',
  "test/any.ts": 'import { keeper } from "../hsm/keeper/keeper.ts"; keeper;',
};

describe("the import rule", () => {
  test("lets rooms use the doors of the rooms they may, and tests everything", () => {
    plant(doors);
    expect(checkTree()).toEqual({ status: 0, refusals: [] });
  });

  test.each([
    [
      "chain imports signer",
      "chain/a.ts",
      'import { signer } from "../signer/index.ts"; signer;',
      "chain may import shared",
    ],
    ["chain imports hsm", "chain/a.ts", 'export * from "../hsm/index.ts";', "chain may import shared"],
    ["signer imports chain", "signer/a.ts", 'await import("../chain/index.ts");', "signer may import shared, hsm"],
    [
      "shared imports a room",
      "shared/a.ts",
      'import type { chain } from "../chain/index.ts";',
      "shared may import no room",
    ],
    ["a type is imported in passing", "chain/a.ts", 'type A = import("../hsm/index.ts").A;', "chain may import shared"],
    [
      "a room is loaded by require",
      "chain/a.ts",
      'import { createRequire } from "node:module"; const get = createRequire(import.meta.url); get("../hsm/index.ts");',
      "chain may import shared",
    ],
    [
      "a room goes round a door",
      "signer/a.ts",
      'import "../hsm/keeper/keeper.ts";',
      "behind the door (index.ts) of hsm",
    ],
    [
      "the command goes round a door",
      "cli/a.ts",
      'import "../hsm/keeper/keeper.ts";',
      "behind the door (index.ts) of hsm",
    ],
    ["a room imports a test", "chain/a.ts", 'import "../test/any.ts";', "chain may import shared"],
    ["a folder is no room", "attic/a.ts", 'import "../hsm/index.ts";', "attic/ is not a room"],
  ])("refuses when %s", (_, path, text, reason) => {
    plant({ ...doors, [path]: text });
    const { status, refusals } = checkTree();
    expect(status).toBe(1);
    expect(refusals).toEqual([expect.stringContaining(reason)]);
    expect(refusals[0]).toContain(path.split("/")[0]);
  });

  test("refuses a circle and shows it", () => {
    plant({
      "chain/a.ts": 'import { b } from "./b.ts"; export const a = () => b;',
      "chain/b.ts": 'import { c } from "./c.ts"; export const b = () => c;',
      "chain/c.ts": 'import { a } from "./a.ts"; export const c = () => a;',
    });
    expect(checkTree()).toEqual({
      status: 1,
      refusals: ["imports in a circle: chain/a.ts → chain/b.ts → chain/c.ts → chain/a.ts"],
    });
  });

  test("lets a type come back the way the code went", () => {
    plant({
      "chain/a.ts": 'import { b } from "./b.ts"; export interface A { b: typeof b }',
      "chain/b.ts": 'import type { A } from "./a.ts"; export const b = (a: A) => a;',
    });
    expect(checkTree()).toEqual({ status: 0, refusals: [] });
  });

  test("is not satisfied by a tree without source files", () => {
    plant({});
    expect(checkTree().status).toBe(1);
  });
});

describe("what a program loads", () => {
  test("follows files and packages, but not types", () => {
    plant({
      "signer/a.ts": 'import "./b.ts"; import type { T } from "typed"; export type U = T;',
      "signer/b.ts": 'import "@scope/pkg/deep.js"; import "node:fs"; await import("./c.ts");',
      "signer/c.ts": 'import "late";',
    });
    const imports = readImports(tree, ["tsconfig.json"]);
    const all = loadedBy(imports, (file) => file === "signer/a.ts", ["static", "dynamic"]);
    expect([...all.files].sort()).toEqual(["signer/a.ts", "signer/b.ts", "signer/c.ts"]);
    expect([...all.packages].sort()).toEqual(["@scope/pkg", "late"]);
    const atStart = loadedBy(imports, (file) => file === "signer/a.ts", ["static"]);
    expect([...atStart.packages]).toEqual(["@scope/pkg"]);
  });

  const lock: Lock = {
    "node_modules/a": { version: "1.0.0", dependencies: { b: "*", c: "*" } },
    "node_modules/a/node_modules/b": { version: "2.0.0", dependencies: { c: "*" } },
    "node_modules/b": { version: "1.0.0" },
    "node_modules/c": { version: "3.0.0", dependencies: { mac: "*" } },
    "node_modules/mac": { version: "1.0.0", os: ["darwin"] },
    "node_modules/unused": { version: "1.0.0" },
  };
  const linux = { platform: "linux", arch: "x64" };

  test("takes the nearest version of each dependency, and none for other machines", () => {
    expect([...packageClosure(["a"], lock, linux).keys()].sort()).toEqual([
      "node_modules/a",
      "node_modules/a/node_modules/b",
      "node_modules/c",
    ]);
  });

  test("fails on a package that the lock file does not name", () => {
    expect(() => packageClosure(["ghost"], lock, linux)).toThrow("ghost is imported but not in package-lock.json");
  });
});
