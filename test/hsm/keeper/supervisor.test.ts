import { spawn, spawnSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { createConnection } from "node:net";
import { userInfo } from "node:os";
import path from "node:path";
import { text } from "node:stream/consumers";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { formatKeyUri, type KeySpec, parseKeyUri } from "../../../hsm/index.ts";
import { signerOf } from "../../../shared/ecdsa/index.ts";
import { stringifyJson } from "../../../shared/json/index.ts";
import { createFaultyModule, type FaultyModule } from "../../support/native/faultyModule.ts";
import { createSoftHsm, type SoftHsm } from "../../support/softhsm.ts";
import { keeperOf, lastPid, specOf, type TestKeeper } from "../support/keepers.ts";
import { vector } from "../support/packets.ts";
import { keeperUser, originOf, startTestSupervisor, type TestSupervisor } from "../support/supervisor.ts";
import { isAlive, until } from "../support/until.ts";

let hsm: SoftHsm;
let module: FaultyModule;
let key: KeySpec;
let supervisor: TestSupervisor | undefined;
let keeper: TestKeeper | undefined;

beforeAll(async () => {
  hsm = await createSoftHsm({ keys: [{ label: "key", id: "0001" }] });
  module = createFaultyModule(hsm);
  key = module.through(specOf(hsm, 0));
});

beforeEach(() => module.behave());

afterEach(async () => {
  await keeper?.close();
  keeper = undefined;
  await supervisor?.kill("SIGKILL");
  supervisor = undefined;
});

afterAll(() => hsm.remove());

async function supervise(
  options: { daemonUser?: string | number; callDeadline?: string } = {},
): Promise<TestSupervisor> {
  supervisor = await startTestSupervisor(hsm, { keys: [key], ...options });
  return supervisor;
}

/** A daemon's side of it, in this process. */
async function connect(changes: { keys?: KeySpec[]; callDeadlineMs?: number } = {}): Promise<TestKeeper> {
  if (!supervisor) throw new Error("no supervisor");
  const { socket } = supervisor;
  // this process's environment names no SoftHSM configuration: only the supervisor's does
  keeper = await keeperOf(hsm, { keys: [key], socket, callDeadlineMs: 20_000, environment: {}, ...changes });
  return keeper;
}

const attest = (from: TestKeeper) => from.attest({ key: "key", packet: vector.packet, verdict: "white" });

async function signsRightly(from: TestKeeper): Promise<void> {
  const { signature, digest } = await attest(from);
  expect(signerOf(signature, digest)).toBe(hsm.keys[0]?.address);
}

async function recovered(from: TestKeeper): Promise<void> {
  await until("the keeper to be up again", () => from.status().up && from.status().restarts > 0, 60_000);
  await signsRightly(from);
}

describe("a keeper under its supervisor", () => {
  it("runs as the supervisor's user and signs for the daemon, which may be named by its user's number", async () => {
    const { pid } = await supervise({ daemonUser: userInfo().uid });
    const from = await connect();
    await signsRightly(from);
    expect(originOf(lastPid(from))).toEqual({ uid: keeperUser().uid, parent: pid });
  });

  it("is another user's than the daemon, which can neither signal it nor read its PIN", async (context) => {
    const { lack, uid } = keeperUser();
    if (lack !== undefined) {
      process.stderr.write(`\nnot tested: keepers under a user of their own: ${lack}\n`);
      context.skip(lack);
    }
    expect(uid).not.toBe(userInfo().uid);
    await supervise();
    const pid = lastPid(await connect());
    // as a daemon's user that is neither root nor the keepers'
    const outsider = (script: string) =>
      spawnSync("setpriv", ["--reuid", "1", "--regid", "1", "--clear-groups", "--", "sh", "-c", script], {
        encoding: "utf8",
      });
    expect(outsider("id -u").stdout).toBe("1\n");
    expect(outsider(`kill -9 ${pid}`)).toMatchObject({ stderr: expect.stringMatching(/not permitted/i) });
    expect(outsider(`cat ${hsm.pinFile}`)).toMatchObject({ stdout: "", stderr: expect.stringMatching(/denied/i) });
    expect(isAlive(pid)).toBe(true);
  });

  it("is killed when the daemon gives a hanging call up, and rebuilt", async () => {
    await supervise();
    const from = await connect({ callDeadlineMs: 1_500 });
    const first = lastPid(from);
    module.plan("C_SignInit", "hang");
    await expect(attest(from)).rejects.toMatchObject({ code: "keeper_unavailable" });
    module.behave();
    await recovered(from);
    expect(isAlive(first)).toBe(false);
  });

  it("is killed at the supervisor's own deadline, whatever the daemon's is", async () => {
    await supervise({ callDeadline: "1500ms" });
    const from = await connect({ callDeadlineMs: 600_000 });
    module.plan("C_Sign", "hang");
    await expect(attest(from)).rejects.toMatchObject({
      code: "keeper_unavailable",
      message: expect.stringContaining("took longer than the supervisor's deadline of 1500 ms"),
    });
    module.behave();
    await recovered(from);
  });

  it("that crashes is told of and rebuilt", async () => {
    await supervise();
    const from = await connect();
    module.plan("C_Sign", "crash");
    await expect(attest(from)).rejects.toMatchObject({ data: { reason: "it ended (SIGSEGV)" } });
    module.behave();
    await recovered(from);
  });

  it("ends when its daemon is killed, even while a call hangs", async () => {
    const { socket, log } = await supervise();
    const plan = stringifyJson({ keys: [key], stateFolder: "/unused", socket });
    const daemon = spawn(process.execPath, [path.join(import.meta.dirname, "../support/daemon.ts"), plan], {
      stdio: ["pipe", "pipe", "inherit"],
    });
    let output = "";
    daemon.stdout.setEncoding("utf8").on("data", (chunk: string) => {
      output += chunk;
    });
    await until("the daemon to be ready", () => output.includes('"ready"'), 60_000);
    const pid = Number(/"keeper":(\d+)/.exec(output)?.[1]);
    module.plan("C_SignInit", "hang");
    const before = module.calls("C_SignInit");
    daemon.stdin.write("attest\n");
    await until("the call to hang", () => module.calls("C_SignInit") > before, 60_000);
    daemon.kill("SIGKILL");
    await until("the keeper to end", () => !isAlive(pid), 60_000);
    await until("the supervisor to say why", () => log().includes("a keeper ended"), 60_000);
  });

  it("ends when its supervisor is killed or stopped; the daemon goes on once there is another one", async () => {
    const first = await supervise();
    const from = await connect();
    const keepers = [lastPid(from)];
    await first.kill("SIGKILL");
    await until("the keeper to end", () => keepers.every((pid) => !isAlive(pid)), 60_000);
    await expect(attest(from)).rejects.toMatchObject({ code: "keeper_unavailable" });

    const second = await supervise(); // the socket that the first one left behind is replaced
    await recovered(from);
    // somebody connects just before it stops, and stays: a keeper that was started then nobody would end
    const children = readFileSync(`/proc/${second.pid}/task/${second.pid}/children`, "utf8");
    const late = createConnection({ path: second.socket, allowHalfOpen: true });
    const said = text(late);
    await until(
      "the late connection to be looked at",
      () => readFileSync(`/proc/${second.pid}/task/${second.pid}/children`, "utf8") !== children,
    );
    await second.kill("SIGTERM");
    expect(await said).toContain("its supervisor refuses: it stops");
    await until("the keeper to end", () => !isAlive(lastPid(from)), 60_000);
    expect(existsSync(second.socket)).toBe(false);
  });
});

describe("a supervisor", () => {
  it("serves no user but the daemon's", async () => {
    await supervise({ daemonUser: userInfo().uid === 0 ? "daemon" : "root" });
    await expect(connect()).rejects.toMatchObject({
      code: "keeper_unavailable",
      data: { reason: "its supervisor refuses: it serves another user" },
    });
  });

  it("opens a key for one daemon at a time: two would sign by two ledgers", async () => {
    await supervise();
    const from = await connect();
    const { socket = "" } = supervisor ?? {};
    await expect(keeperOf(hsm, { keys: [key], socket, environment: {} })).rejects.toMatchObject({
      code: "keeper_unavailable",
      data: { reason: expect.stringContaining("another daemon has a key open") },
    });
    await signsRightly(from);
    await from.close();
    await signsRightly(await connect());
  });

  it("opens no key but those of its own configuration", async () => {
    await supervise();
    const other = { ...key, uri: formatKeyUri({ ...parseKeyUri(key.uri), module: hsm.module }) }; // the right library, for once
    await expect(connect({ keys: [other] })).rejects.toMatchObject({
      code: "invalid_field",
      data: { field: "keys.key", reason: expect.stringContaining("is not in the keeper's own configuration") },
    });
  });

  it("does not take the socket of one that runs, nor start for a user that is not there", async () => {
    const { socket } = await supervise();
    await expect(startTestSupervisor(hsm, { keys: [key] })).rejects.toThrow(`${socket} is in use`);
    await supervisor?.kill("SIGKILL");
    await expect(startTestSupervisor(hsm, { keys: [key], daemonUser: "no-such-user" })).rejects.toThrow(
      "daemonUser: there is no user no-such-user",
    );
  });

  it("is told from a daemon without one by what the daemon says", async () => {
    const { socket } = await supervise();
    await supervisor?.kill("SIGKILL");
    await expect(keeperOf(hsm, { keys: [key], socket })).rejects.toMatchObject({
      data: { reason: expect.stringContaining(`its supervisor cannot be reached at ${socket} (ECONNREFUSED)`) },
    });
  });
});
