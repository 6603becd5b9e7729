import { describe, expect, test } from "vitest";
import { load } from "./load.ts";

interface Machine {
  program: (name: string) => string | undefined;
  exists: (path: string) => boolean;
  packageFiles: (name: string) => string[];
  env: Record<string, string>;
}
interface Facts {
  missing: object[];
  manager: string | undefined;
  isRoot: boolean;
  hasTerminal: boolean;
  hasSudo: boolean;
  hasLists: boolean;
}

const { planPackages } = await load<{ planPackages: (facts: Facts) => { action: string; line?: string } }>(
  "setup/packagePlan.mjs",
);
const { findMissing } = await load<{
  findMissing: (purposes: string[], machine: Machine) => { name: string }[];
}>("setup/needs.mjs");

const tools = ["g++", "make", "python3", "softhsm2-util"];
const module = "/usr/lib/softhsm/libsofthsm2.so";

function machine({ programs = tools, files = [module], packageFiles = [] as string[], env = {} } = {}): Machine {
  return {
    program: (name) => (programs.includes(name) ? `/usr/bin/${name}` : undefined),
    exists: (path) => files.includes(path),
    packageFiles: () => packageFiles,
    env,
  };
}

function missingOn(parts: Parameters<typeof machine>[0], purposes = ["base"]): string[] {
  return findMissing(purposes, machine(parts)).map(({ name }) => name);
}

describe("what is missing on a machine", () => {
  test("nothing, when every program and SoftHSM's module are there", () => {
    expect(missingOn({})).toEqual([]);
  });

  test("each program that is not on PATH, by its name", () => {
    expect(missingOn({ programs: [] })).toEqual(["g++", "make", "python3", "SoftHSM"]);
    expect(missingOn({ programs: ["g++", "python3", "softhsm2-util"] })).toEqual(["make"]);
  });

  test("what only tests need, when it is tests that are to run", () => {
    const small = ["tmux", "stunnel", "faketime", "p11-kit"];
    const missing = ["ssh-keygen", "PostgreSQL", ...small, "p11-kit's client module"];
    expect(missingOn({}, ["base", "test"])).toEqual(missing);
    const programs = [...tools, "ssh-keygen", ...small];
    const packageFiles = ["/usr/lib/x86_64-linux-gnu/pkcs11/p11-kit-client.so"];
    const withPostgres = { programs: [...programs, "initdb", "postgres"], packageFiles };
    expect(missingOn(withPostgres, ["base", "test"])).toEqual([]);
    const folder = "/usr/lib/postgresql/15/bin";
    const files = [module, `${folder}/initdb`, `${folder}/postgres`];
    expect(missingOn({ programs, files, packageFiles }, ["base", "test"])).toEqual([]);
  });

  test("systemd's tool, for the tests of its units, where the system has systemd", () => {
    expect(missingOn({ programs: [...tools, "apt-get"] }, ["base", "test"])).toContain("systemd-analyze");
    expect(missingOn({ programs: [...tools, "apt-get"] })).toEqual([]);
    expect(missingOn({ programs: [...tools, "apt-get", "systemd-analyze"] }, ["base", "test"])).not.toContain(
      "systemd-analyze",
    );
    expect(missingOn({ programs: [...tools, "apk"] }, ["base", "test"])).not.toContain("systemd-analyze");
  });

  test("SoftHSM, when its tool is there without its module", () => {
    expect(missingOn({ files: [] })).toEqual(["SoftHSM"]);
  });

  test("nothing, when Debian's package list knows of a module in an unusual folder", () => {
    expect(missingOn({ files: [], packageFiles: ["/usr", "/opt/odd/libsofthsm2.so"] })).toEqual([]);
  });

  test("SoftHSM, when SOFTHSM2_MODULE names no file, even if one lies in a usual folder", () => {
    expect(missingOn({ env: { SOFTHSM2_MODULE: "/nowhere.so" } })).toEqual(["SoftHSM"]);
    expect(missingOn({ env: { SOFTHSM2_MODULE: "/mine.so" }, files: ["/mine.so"] })).toEqual([]);
  });

  test("at least as much for tests as for running", () => {
    expect(missingOn({ programs: [] }, ["base", "test"])).toEqual(expect.arrayContaining(missingOn({ programs: [] })));
  });
});

describe("what to do about it", () => {
  const missing = findMissing(["base"], machine({ programs: ["make", "python3"] }));
  const user: Facts = {
    missing,
    manager: "apt-get",
    isRoot: false,
    hasTerminal: false,
    hasSudo: true,
    hasLists: true,
  };
  const root: Facts = { ...user, isRoot: true };
  const install = "apt-get install -y --no-install-recommends -o DPkg::Lock::Timeout=300 g++ softhsm2";

  test("nothing, when nothing is missing", () => {
    expect(planPackages({ ...user, missing: [] })).toEqual({ action: "nothing" });
  });

  test("root without a terminal installs at once", () => {
    expect(planPackages(root)).toMatchObject({ action: "install", line: install });
  });

  test("root without a terminal fetches the package lists first only where there are none", () => {
    expect(planPackages({ ...root, hasLists: false })).toMatchObject({
      action: "install",
      line: `apt-get update && ${install}`,
    });
  });

  test("root at a terminal is asked", () => {
    expect(planPackages({ ...root, hasTerminal: true })).toMatchObject({
      action: "ask",
      line: `apt-get update && ${install}`,
    });
  });

  test("a user at a terminal is asked, and the command goes through sudo", () => {
    expect(planPackages({ ...user, hasTerminal: true })).toMatchObject({
      action: "ask",
      line: `sudo apt-get update && sudo ${install}`,
    });
  });

  test("a user without a terminal is told the exact command", () => {
    expect(planPackages(user)).toMatchObject({ action: "tell", line: `sudo apt-get update && sudo ${install}` });
  });

  test.each([true, false])(
    "a user without sudo is told a command that works without it (terminal: %s)",
    (hasTerminal) => {
      expect(planPackages({ ...user, hasTerminal, hasSudo: false })).toMatchObject({
        action: "tell",
        line: `su -c 'apt-get update && ${install}'`,
      });
    },
  );

  test("Homebrew never runs through sudo", () => {
    expect(planPackages({ ...user, manager: "brew" })).toMatchObject({
      action: "tell",
      line: "brew install gcc softhsm",
    });
  });

  test.each([
    ["dnf", "dnf install -y gcc-c++ softhsm"],
    ["apk", "apk add g++ softhsm"],
    ["pacman", "pacman -S --noconfirm --needed gcc softhsm"],
  ])("%s knows its own package names", (manager, line) => {
    expect(planPackages({ ...root, manager })).toMatchObject({ action: "install", line });
  });

  test("a machine without a known package manager is refused", () => {
    expect(planPackages({ ...root, manager: undefined })).toEqual({ action: "refuse" });
  });
});
