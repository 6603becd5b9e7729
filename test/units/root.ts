import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, renameSync, rmSync } from "node:fs";
import path from "node:path";
import { debianRelease } from "./needs.ts";

/** What an operator's host has: an init with its bus, and what set-up needs and would install. */
const packages = ["systemd", "systemd-sysv", "dbus", "ca-certificates", "nodejs", "python3", "g++", "make", "softhsm2"];

/**
 * A root folder of this machine's Debian release, made once by debootstrap from the mirror that debootstrap knows.
 *
 * @returns its path. Nothing is to write into it: machines run on a layer above.
 */
export function debianRoot(folder: string): string {
  const release = debianRelease() ?? "";
  const root = path.join(folder, release);
  if (existsSync(root)) return root;
  mkdirSync(folder, { recursive: true });
  const draft = `${root}.new`;
  rmSync(draft, { recursive: true, force: true });
  const words = ["--variant=minbase", `--include=${packages.join(",")}`, release, draft];
  const { status } = spawnSync("debootstrap", words, { stdio: ["ignore", "ignore", "inherit"] });
  if (status !== 0) throw new Error(`debootstrap failed; its log is ${draft}/debootstrap/debootstrap.log`);
  renameSync(draft, root);
  return root;
}
