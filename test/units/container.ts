import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { mkdirSync, openSync, readFileSync } from "node:fs";
import path from "node:path";
import { setTimeout as pause } from "node:timers/promises";

/** Where the units expect the checkout: this one is mounted there, read-only. */
export const checkoutInside = "/opt/hsm-attestor";

/**
 * In mount namespace and control group of its own, so that neither the machine's other processes nor its control groups, of
 * whichever version, concern the systemd that is booted. Root folder, layer, checkout and name are the arguments.
 */
const seeGroups = `
set -e
umount -R /sys/fs/cgroup
mount -t cgroup2 none /sys/fs/cgroup
`;
const boot = `${seeGroups}
mkdir -p "/sys/fs/cgroup/$4"
echo $$ > "/sys/fs/cgroup/$4/cgroup.procs"
mkdir -p "$2/upper" "$2/work" "$2/root"
mount -t overlay overlay -o "lowerdir=$1,upperdir=$2/upper,workdir=$2/work" "$2/root"
exec systemd-nspawn --quiet --register=no --keep-unit --private-network --bind-ro="$3:${checkoutInside}" \
  --directory="$2/root" --boot
`;

const removeGroups = `${seeGroups}find "/sys/fs/cgroup/$1" -depth -type d -exec rmdir {} +`;

/** A machine of its own for the units: Debian, booted by systemd-nspawn, with no network but its loopback. */
export class Container {
  readonly #options: { root: string; layer: string; checkout: string };
  readonly #name = `attestor-units-${process.pid}`;
  #nspawn: ChildProcess | undefined;
  #init = "";

  /** @param options.layer folder for what the machine writes; stays from one boot to the next. */
  constructor(options: { root: string; layer: string; checkout: string }) {
    this.#options = options;
  }

  /** Boots it. Returns when systemd says that everything is up. */
  async boot(): Promise<void> {
    const { root, layer, checkout } = this.#options;
    mkdirSync(layer, { recursive: true });
    const log = openSync(path.join(layer, "console.log"), "a");
    const words = ["--mount", "sh", "-c", boot, "sh", root, layer, checkout, this.#name];
    this.#nspawn = spawn("unshare", words, { stdio: ["ignore", log, log], detached: true });
    for (let tries = 0; tries < 120; tries += 1) {
      await pause(500);
      if (this.#nspawn.exitCode !== null) break;
      this.#init = childOf(this.#nspawn.pid ?? 0);
      if (this.#init === "") continue;
      const { stdout } = spawnSync("nsenter", this.#entering(["systemctl", "is-system-running"]), { encoding: "utf8" });
      if (stdout.trim() === "running") return;
    }
    throw new Error(`the machine did not come up; see ${layer}/console.log`);
  }

  /** Runs a program in it, with our standard output. @returns its exit code. */
  async run(...command: string[]): Promise<number | null> {
    const child = spawn("nsenter", this.#entering(command), { stdio: ["ignore", "inherit", "inherit"], cwd: "/" });
    return new Promise((resolve, reject) => {
      child.once("error", reject);
      child.once("exit", (code) => resolve(code));
    });
  }

  /** Shuts it down as `systemctl reboot` does, and boots it again. */
  async reboot(): Promise<void> {
    const ended = this.#ended();
    await this.run("systemctl", "reboot");
    await ended;
    await this.boot();
  }

  /** Ends it, with everything in it. */
  async stop(): Promise<void> {
    const ended = this.#ended();
    if (this.#nspawn?.exitCode === null && this.#nspawn.signalCode === null) {
      if (this.#init !== "") process.kill(Number(this.#init), "SIGKILL");
      else this.#nspawn.kill("SIGKILL");
    }
    await ended;
    spawnSync("unshare", ["--mount", "sh", "-c", removeGroups, "sh", this.#name], { stdio: "ignore" });
  }

  async #ended(): Promise<void> {
    const child = this.#nspawn;
    if (!child || child.exitCode !== null || child.signalCode !== null) return;
    await new Promise((resolve) => child.once("exit", resolve));
  }

  #entering(command: readonly string[]): string[] {
    const namespaces = ["--mount", "--uts", "--ipc", "--net", "--pid", "--cgroup"];
    const path = "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
    return ["--target", this.#init, ...namespaces, "env", "-C", "/", "-i", path, "LANG=C.UTF-8", ...command];
  }
}

/** The process that another one started; systemd-nspawn starts the machine's init and nothing else. */
function childOf(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8").trim().split(" ")[0] ?? "";
  } catch {
    return "";
  }
}
