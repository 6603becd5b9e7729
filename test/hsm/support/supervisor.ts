import { spawn, spawnSync } from "node:child_process";
import { chownSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { userInfo } from "node:os";
import path from "node:path";
import type { AnyKeySpec } from "../../../hsm/index.ts";
import { stringifyJson } from "../../../shared/json/index.ts";
import { repository } from "../../support/attestor.ts";
import type { SoftHsm } from "../../support/softhsm.ts";
import { until } from "./until.ts";

/** Whom the keepers run as in the tests. */
export interface KeeperUser {
  readonly uid: number;
  readonly gid: number;
  /** A command line that runs this one as that user. */
  readonly as: (command: readonly [string, ...string[]]) => readonly [string, ...string[]];
  /** Why it is the tests' own user; undefined where it is another one. */
  readonly lack?: string;
}

const nobody = { uid: 65534, gid: 65534 } as const;
const ids = ["--reuid", `${nobody.uid}`, "--regid", `${nobody.gid}`, "--clear-groups"];
/** The second way is for a checkout that only root can read: it takes along the right to pass closed folders, and no more. */
const ways = [ids, [...ids, "--inh-caps=+dac_override", "--ambient-caps=+dac_override"]];

let found: KeeperUser | undefined;

/** A user of the keepers' own, which only root can give them; else the tests' own, and why. */
export function keeperUser(): KeeperUser {
  found ??= findKeeperUser(); // it takes a process or two
  return found;
}

function findKeeperUser(): KeeperUser {
  const { uid, gid } = userInfo();
  const own = { uid, gid, as: (command: readonly [string, ...string[]]) => command };
  if (uid !== 0)
    return { ...own, lack: "only root can run keepers as another user: run the tests as root, as CI does" };
  const canRead = `require("fs").readFileSync(${JSON.stringify(path.join(repository, "cli/main.ts"))})`;
  for (const way of ways) {
    const as: KeeperUser["as"] = (command) => ["setpriv", ...way, "--", ...command];
    const [program, ...words] = as([process.execPath, "-e", canRead]);
    if (spawnSync(program, words, { env: { PATH: process.env.PATH } }).status === 0) return { ...nobody, as };
  }
  throw new Error(
    "root cannot run keepers as nobody: setpriv (util-linux) is missing, or may not change the user here",
  );
}

export interface TestSupervisor {
  readonly pid: number;
  readonly socket: string;
  log(): string;
  kill(signal: NodeJS.Signals): Promise<void>;
}

export interface SupervisorOptions {
  readonly keys: readonly AnyKeySpec[];
  readonly daemonUser?: string | number;
  readonly callDeadline?: string;
}

/** Runs `attestor keeper` as the keepers' user, to whom the token's folder is given. */
export async function startTestSupervisor(hsm: SoftHsm, options: SupervisorOptions): Promise<TestSupervisor> {
  const user = keeperUser();
  const socket = path.join(hsm.folder, "keeper.sock");
  const config = path.join(hsm.folder, "keeper.yaml");
  const { keys, daemonUser = userInfo().username, callDeadline = "20s" } = options;
  const stateFolder = path.join(hsm.folder, "keeper-state");
  writeFileSync(config, stringifyJson({ service: "keeper", socket, daemonUser, stateFolder, callDeadline, keys }));
  for (const name of ["", ...readdirSync(hsm.folder, { recursive: true, encoding: "utf8" })]) {
    chownSync(path.join(hsm.folder, name), user.uid, user.gid);
  }
  const [program, ...words] = user.as([
    process.execPath,
    path.join(repository, "cli/main.ts"),
    "keeper",
    "--config",
    config,
  ]);
  const child = spawn(program, words, {
    env: { PATH: process.env.PATH, ...hsm.env },
    stdio: ["ignore", "pipe", "pipe"],
    cwd: hsm.folder,
  });
  let log = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding("utf8").on("data", (text: string) => {
      log += text;
    });
  }
  const gone = new Promise<void>((resolve) => child.once("close", () => resolve()));
  await until(
    "the supervisor to listen",
    () => log.includes("waiting for the daemon") || child.exitCode !== null,
    60_000,
  );
  if (child.exitCode !== null || child.pid === undefined) throw new Error(`the supervisor did not start: ${log}`);
  return {
    pid: child.pid,
    socket,
    log: () => log,
    async kill(signal) {
      child.kill(signal);
      await gone;
    },
  };
}

/** The real user id of a process, and the process that started it. */
export function originOf(pid: number): { uid: number; parent: number } {
  const status = readFileSync(`/proc/${pid}/status`, "utf8");
  const field = (name: string) => Number(new RegExp(`^${name}:\\s*(\\d+)`, "m").exec(status)?.[1]);
  return { uid: field("Uid"), parent: field("PPid") };
}
