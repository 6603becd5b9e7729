import { existsSync, readFileSync } from "node:fs";
import { delimiter, join } from "node:path";
import { repository } from "../support/attestor.ts";

const programs = { debootstrap: "debootstrap", "systemd-nspawn": "systemd-container", unshare: "util-linux" };

/** The Debian release of this machine, by its codename; undefined on other systems. */
export function debianRelease(): string | undefined {
  const text = existsSync("/etc/os-release") ? readFileSync("/etc/os-release", "utf8") : "";
  if (!/^ID="?debian"?$/m.test(text)) return undefined;
  return /^VERSION_CODENAME="?(\w+)"?$/m.exec(text)?.[1];
}

/** @returns why the units cannot be run under a systemd of their own here; undefined if they can. */
export function whyNot(): string | undefined {
  if (process.geteuid?.() !== 0) return "it takes root: it makes a Debian root folder and boots it";
  if (debianRelease() === undefined) {
    return "it takes a Debian system, so that what set-up built here runs in a root folder of the same release";
  }
  if (!process.execPath.startsWith(repository)) {
    return "it takes the Node.js in toolchain/: set-up installs none where the machine's own is new enough";
  }
  const missing = Object.entries(programs).filter(([program]) => !isOnPath(program));
  if (missing.length === 0) return undefined;
  return `it takes ${missing.map(([program]) => program).join(", ")}: apt-get install ${missing.map(([, name]) => name).join(" ")}`;
}

function isOnPath(program: string): boolean {
  return (process.env.PATH ?? "").split(delimiter).some((folder) => existsSync(join(folder, program)));
}
