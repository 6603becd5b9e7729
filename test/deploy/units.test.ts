import { spawnSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { commands } from "../../cli/commands/index.ts";
import { repository } from "../support/attestor.ts";

const folder = path.join(repository, "deploy/systemd");
const services = readdirSync(folder).filter((name) => name.endsWith(".service"));
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
    expect(options[0]).toBe("--config");
    expect((await entry.load()).options).toHaveProperty("config");
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

  it("pass systemd's own checks where it is installed: nothing unknown, hardly anything open", () => {
    const files = services.map((name) => {
      const file = path.join(scratch, name);
      writeFileSync(file, readUnit(name).replaceAll("/opt/hsm-attestor", repository));
      return file;
    });
    const analyze = (...words: string[]) => spawnSync("systemd-analyze", words, { encoding: "utf8" });
    const installed = analyze("--version").status === 0;
    const findings = installed
      ? files.flatMap((file) => {
          const verified = analyze("verify", "--recursive-errors=no", file);
          const rated = analyze("security", "--offline=true", "--threshold=20", "--no-pager", file);
          return [
            verified.stderr.trim(),
            ...(rated.status === 0 ? [] : [`${file}: ${rated.stdout.split("\n").at(-2)}`]),
          ];
        })
      : [];
    expect(findings.filter((text) => text !== "")).toEqual([]);
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
