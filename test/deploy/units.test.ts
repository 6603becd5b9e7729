import { spawnSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { parseCommandLine } from "../../cli/command.ts";
import { commands } from "../../cli/commands/index.ts";
import { repository } from "../support/attestor.ts";

const folder = path.join(repository, "deploy/systemd");
const services = readdirSync(folder).filter((name) => name.endsWith(".service"));
const production = readFileSync(path.join(repository, "docs/run-in-production.md"), "utf8");
const readUnit = (name: string) => readFileSync(path.join(folder, name), "utf8");

/** The settings of a unit's [Service] section, each with its values in order. */
function settingsOf(name: string): Map<string, string[]> {
  const settings = new Map<string, string[]>();
  let section = "";
  for (const line of readUnit(name).split("\n")) {
    if (line === "" || line.startsWith("#")) continue;
    const [, header] = /^\[(\w+)\]$/.exec(line) ?? [];
    const [, key = "", value = ""] = /^([A-Za-z]+)=(.*)$/.exec(line) ?? [];
    if (header !== undefined) section = header;
    else if (key === "") throw new Error(`${name}: ${line}`);
    else if (section === "Service") settings.set(key, [...(settings.get(key) ?? []), value]);
  }
  return settings;
}

const scratch = mkdtempSync(path.join(tmpdir(), "units-"));
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

describe("the systemd units", () => {
  it("are there for every service", () => {
    expect(services.sort()).toEqual(
      ["chain", "collector", "keeper", "signer"].map((name) => `attestor-${name}.service`),
    );
  });

  it.each(services)("%s starts a command that exists, with the options that it has", async (name) => {
    const [exec = ""] = settingsOf(name).get("ExecStart") ?? [];
    const [program, word, ...options] = exec.split(" ");
    expect(program).toBe("/opt/hsm-attestor/attestor");
    const entry = commands.find((command) => command.name === word);
    if (!entry) throw new Error(`no command ${word}`);
    const args = parseCommandLine(await entry.load(), options);
    expect(args.required("config")).toBe(`/etc/hsm-attestor/${word}.yaml`);
    expect(production, "the page says that it has to be there").toContain(`\`${word}.yaml\``);
  });

  it("run each service as a user of its own, which sysusers.conf makes", () => {
    const users = services.map((name) => settingsOf(name).get("User")?.[0] ?? "root");
    expect(new Set(users).size).toBe(services.length);
    const made = readFileSync(path.join(folder, "sysusers.conf"), "utf8");
    for (const user of users) expect(made).toContain(`\nu ${user} `);
    expect(settingsOf("attestor-signer.service").get("SupplementaryGroups")).toEqual(["attestor-keeper"]);
  });

  it.each(services)("%s is shut in: no capability, no writing outside its folders, no core file", (name) => {
    const settings = settingsOf(name);
    for (const [key, value] of [
      ["NoNewPrivileges", "yes"],
      ["CapabilityBoundingSet", ""],
      ["ProtectSystem", "strict"],
      ["ReadOnlyPaths", "/run"],
      ["ProtectHome", "yes"],
      ["ProtectProc", "invisible"],
      ["PrivateTmp", "yes"],
      ["PrivateDevices", "yes"],
      ["RestrictNamespaces", "yes"],
      ["SystemCallArchitectures", "native"],
      ["UMask", "0077"],
      ["LimitCORE", "0"],
    ] as const) {
      expect(settings.get(key), key).toEqual([value]);
    }
    expect(settings.get("SystemCallFilter")).toEqual(["@system-service", "~@privileged"]);
  });

  it("give a network to all but the keepers, and the PIN to the keepers alone", () => {
    for (const name of services) {
      const settings = settingsOf(name);
      const isKeeper = name === "attestor-keeper.service";
      expect(settings.has("PrivateNetwork")).toBe(isKeeper);
      expect(settings.has("LoadCredential")).toBe(isKeeper);
      expect(settings.get("RestrictAddressFamilies")).toEqual([isKeeper ? "AF_UNIX" : "AF_UNIX AF_INET AF_INET6"]);
    }
  });

  it("give each service the folders that its sample writes to, and the PIN the name that the page writes", () => {
    const sample = (name: string) => readFileSync(path.join(repository, `docs/samples/${name}.yaml`), "utf8");
    for (const name of ["keeper", "chain"]) {
      const [folder] = settingsOf(`attestor-${name}.service`).get("StateDirectory") ?? [];
      expect(sample(name)).toContain(`\nstateFolder: /var/lib/${folder}\n`);
    }
    for (const name of services) {
      const settings = settingsOf(name);
      expect(settings.get("StateDirectory")).toEqual(settings.get("User"));
      expect(settings.get("StateDirectoryMode")).toEqual(["0700"]);
    }
    const keeper = settingsOf("attestor-keeper.service");
    const socket = `/run/${keeper.get("RuntimeDirectory")?.[0]}/keeper.sock`;
    for (const name of ["keeper", "signer"]) expect(sample(name)).toContain(`socket: ${socket}`);
    const [credential = ""] = (keeper.get("LoadCredential")?.[0] ?? "").split(":");
    expect(production).toContain(`pin-source=file:$CREDENTIALS_DIRECTORY/${credential}`);
  });
});

const analyze = (...words: string[]) => spawnSync("systemd-analyze", words, { encoding: "utf8" });

/** Largest exposure that systemd may see, in tenths of 10: V8 compiles at run time, and all but the keepers have a network. */
const largestExposure = (name: string) => (name === "attestor-keeper.service" ? 10 : 15);

const isThere = analyze("--version").status === 0;
if (!isThere) console.warn("this system has no systemd: the units are NOT checked by it");

describe.skipIf(!isThere)("systemd's own checks", () => {
  /** @returns a unit as it is installed, with this checkout in place of the installed one. */
  function written(name: string, change: (text: string) => string = (text) => text): string {
    const file = path.join(scratch, name);
    writeFileSync(file, change(readUnit(name).replaceAll("/opt/hsm-attestor", repository)));
    return file;
  }
  const verify = (file: string) => analyze("verify", "--recursive-errors=no", file);
  const rate = (file: string, limit: number) =>
    analyze("security", "--offline=true", `--threshold=${limit}`, "--no-pager", file);

  it.each(services)("find nothing unknown in %s, and hardly anything open", (name) => {
    const file = written(name);
    expect(verify(file)).toMatchObject({ status: 0, stderr: "" });
    const { status, stdout } = rate(file, largestExposure(name));
    expect({ status, told: stdout.split("\n").at(-2) }).toMatchObject({ status: 0 });
  });

  it("would find an option that there is none of, and a sandbox that is left out", () => {
    const [name = ""] = services;
    const misspelt = verify(written(name, (text) => text.replace("ProtectHome=", "ProtectHomes=")));
    expect(misspelt.stderr).toContain("ProtectHomes");
    const open = written(name, (text) =>
      text.replace("ProtectSystem=strict\n", "").replace("PrivateDevices=yes\n", ""),
    );
    expect(rate(open, largestExposure(name)).status).toBe(1);
  });
});

describe("the Dockerfile", () => {
  const instructions = readFileSync(path.join(repository, "Dockerfile"), "utf8")
    .replaceAll(/^#.*\n/gm, "")
    .replaceAll(/\\\n\s*/g, "")
    .split("\n")
    .filter((line) => line !== "");

  it("sets up by the script that everybody runs, and by nothing else", () => {
    const commands = instructions
      .filter((line) => line.startsWith("RUN "))
      .flatMap((line) => line.slice("RUN ".length).split(/&&|\|\||[;|\n]/))
      .map((command) => command.trim());
    expect(commands).toEqual([
      "apt-get update",
      "apt-get install -y --no-install-recommends ca-certificates nodejs npm", // what the script itself needs
      "rm -rf /var/lib/apt/lists/*",
      "node scripts/bootstrap.mjs setup",
      "rm -rf /var/lib/apt/lists/* /root/.npm",
    ]);
  });

  it("takes nothing from elsewhere: one base image by its release, this checkout, and no other kind of step", () => {
    const kinds = instructions.map((line) => line.split(" ")[0]);
    expect(kinds).toEqual(["FROM", "RUN", "WORKDIR", "COPY", "RUN", "USER", "ENV", "ENTRYPOINT", "CMD"]);
    expect(instructions[0]).toMatch(/^FROM debian:\d+-slim$/);
    expect(instructions[3]).toBe("COPY . .");
  });

  it("runs the attestor command, and not as root", () => {
    expect(instructions).toContain('ENTRYPOINT ["/opt/hsm-attestor/attestor"]');
    const user = instructions.findIndex((line) => line.startsWith("USER 65534"));
    expect(user).toBeGreaterThan(instructions.findLastIndex((line) => line.startsWith("RUN ")));
  });

  it("copies neither history nor what was built here", () => {
    const ignored = readFileSync(path.join(repository, ".dockerignore"), "utf8").trim().split("\n");
    expect(ignored).toEqual(expect.arrayContaining([".git", "**/node_modules"]));
  });
});
