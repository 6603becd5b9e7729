import { type ChildProcessByStdio, spawn } from "node:child_process";
import path from "node:path";
import type { Readable, Writable } from "node:stream";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import type { KeySpec } from "../../../hsm/index.ts";
import { stringifyJson } from "../../../shared/json/index.ts";
import { createFaultyModule, type FaultyModule } from "../../support/native/faultyModule.ts";
import { createSoftHsm, type SoftHsm } from "../../support/softhsm.ts";
import { specOf } from "../support/keepers.ts";
import { isAlive, until } from "../support/until.ts";

let hsm: SoftHsm;
let module: FaultyModule;
let daemon: ChildProcessByStdio<Writable, Readable, null> | undefined;

beforeAll(async () => {
  hsm = await createSoftHsm({ keys: [{ label: "key", id: "0001" }] });
  module = createFaultyModule(hsm);
});

afterEach(() => {
  daemon?.kill("SIGKILL");
  module.behave();
});

afterAll(() => hsm.remove());

/** Starts a daemon and returns its keeper's process id. */
async function startDaemon(
  key: KeySpec,
): Promise<{ daemon: NonNullable<typeof daemon>; keeper: number; log(): string }> {
  const plan = stringifyJson({ keys: [key], stateFolder: path.join(hsm.folder, "state") });
  const started = spawn(process.execPath, [path.join(import.meta.dirname, "../support/daemon.ts"), plan], {
    env: { ...process.env, ...hsm.env },
    stdio: ["pipe", "pipe", "inherit"],
  });
  daemon = started;
  let output = "";
  started.stdout.setEncoding("utf8").on("data", (text: string) => {
    output += text;
  });
  await until("the daemon to be ready", () => output.includes('"ready"'));
  const keeper = Number(/"keeper":(\d+)/.exec(output)?.[1]);
  expect(isAlive(keeper)).toBe(true);
  return { daemon: started, keeper, log: () => output };
}

describe("a keeper whose daemon dies", () => {
  it("ends", async () => {
    const { daemon, keeper } = await startDaemon(specOf(hsm, 0));
    daemon.kill("SIGKILL");
    await until("the keeper to end", () => !isAlive(keeper));
  });

  it.each(["C_SignInit", "C_Sign"] as const)("ends even while %s never returns", async (call) => {
    const { daemon, keeper } = await startDaemon(module.through(specOf(hsm, 0)));
    module.plan(call, "hang");
    const before = module.calls(call);
    daemon.stdin.write("attest\n");
    await until("the call to hang", () => module.calls(call) > before);
    expect(isAlive(keeper)).toBe(true);
    daemon.kill("SIGKILL");
    await until("the keeper to end", () => !isAlive(keeper));
  });
});

describe("a keeper", () => {
  it.each(["SIGINT", "SIGTERM", "SIGHUP"] as const)(
    "outlives a %s to the whole group, which its daemon answers",
    async (signal) => {
      const { keeper, daemon, log } = await startDaemon(specOf(hsm, 0));
      process.kill(keeper, signal);
      daemon.stdin.write("attest\n");
      await until("the attestation", () => log().includes('"signed"'));
      expect(log()).not.toContain("is down");
    },
  );
});
