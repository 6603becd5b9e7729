import { spawn, spawnSync } from "node:child_process";
import { chownSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { userInfo } from "node:os";
import path from "node:path";
import type { AnyKeySpec } from "../../../hsm/index.ts";
import { stringifyJson } from "../../../shared/json/index.ts";
import { repository } from "../../support/attestor.ts";
import type { SoftHsm } from "../../support/softhsm.ts";
import { until } from "./until.ts";

/** A user of the keepers' own; where the tests may not or cannot use one, the tests' own user. */
export interface KeeperUser {
  readonly uid: number;
  readonly gid: number;
}

const nobody: KeeperUser = { uid: 65534, gid: 65534 };

/** Root can start processes as anybody, but the checkout may lie where nobody else can read it. */
export function keeperUser(): KeeperUser {
  const { uid, gid } = userInfo();
  if (uid !== 0) return { uid, gid };
  const canRead = `require("fs").readFileSync(${JSON.stringify(path.join(repository, "cli/main.ts"))})`;
  return spawnSync(process.execPath, ["-e", canRead], { ...nobody, env: {} }).status === 0 ? nobody : { uid, gid };
}

export interface TestSupervisor {
  readonly pid: number;
  readonly socket: string;
  log(): string;
  kill(signal: NodeJS.Signals): Promise<void>;
}

export interface SupervisorOptions {
  readonly keys: readonly AnyKeySpec[];
  readonly daemonUser?: string;
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
  const child = spawn(process.execPath, [path.join(repository, "cli/main.ts"), "keeper", "--config", config], {
    env: { PATH: process.env.PATH, ...hsm.env },
    stdio: ["ignore", "pipe", "pipe"],
    cwd: hsm.folder,
    ...user,
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
