import { readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { systemClock } from "../../../shared/clock/index.ts";
import { createFaultyModule, type FaultyModule } from "../../support/native/faultyModule.ts";
import { createSoftHsm, type SoftHsm } from "../../support/softhsm.ts";
import { keeperOf, lastPid, recordLog, specOf } from "../support/keepers.ts";
import { until } from "../support/until.ts";

let hsm: SoftHsm;
let module: FaultyModule;
let stateFolder: string;

beforeAll(async () => {
  hsm = await createSoftHsm({ keys: [{ label: "key", id: "0001" }] });
  module = createFaultyModule(hsm);
});

beforeEach(() => {
  module.behave();
  writePin(hsm.pin);
  stateFolder = path.join(hsm.folder, "state");
  rmSync(stateFolder, { recursive: true, force: true });
});

afterAll(() => hsm.remove());

const wrong = "864213579864";
const writePin = (pin: string) => writeFileSync(hsm.pinFile, `${pin}\n`, { mode: 0o600 });

/** Starts a keeper through the module that counts logins. */
const start = (log = recordLog(), clock = systemClock) =>
  keeperOf(hsm, { keys: [module.through(specOf(hsm, 0))], stateFolder, clock }, log);

async function loginsDuring(run: () => Promise<unknown>): Promise<number> {
  const before = module.calls("C_Login");
  await run();
  return module.calls("C_Login") - before;
}

describe("a wrong PIN", () => {
  it("is tried once, never again, and the right one then works", async () => {
    writePin(wrong);
    const logins = await loginsDuring(async () => {
      await expect(start()).rejects.toMatchObject({ code: "pin_rejected", data: { token: "test" } });
      for (let round = 0; round < 3; round += 1) {
        await expect(start()).rejects.toMatchObject({ code: "pin_latched", data: { token: "test" } });
      }
      writePin(wrong); // a file written anew with the same PIN is the same PIN
      await expect(start()).rejects.toMatchObject({ code: "pin_latched" });
    });
    expect(logins).toBe(1);
    writePin(hsm.pin);
    await (await start()).close();
    expect(readdirSync(stateFolder)).toEqual([]);
  });

  it("is tried once by two keepers that start at the same time: the second one waits for the token's answer", async () => {
    writePin(wrong);
    module.plan("C_Login", "slow");
    const logins = await loginsDuring(async () => {
      const outcomes = await Promise.allSettled([start(), start()]);
      const codes = outcomes.map((outcome) => (outcome.status === "rejected" ? outcome.reason.code : outcome.status));
      expect(codes.sort()).toEqual(["pin_latched", "pin_rejected"]);
    });
    expect(logins).toBe(1);
  });

  it("can be tried again once the operator deletes the file that the error names", async () => {
    writePin(wrong);
    await expect(start()).rejects.toMatchObject({ code: "pin_rejected" });
    const error: unknown = await start().catch((reason: unknown) => reason);
    const latchFile = path.join(stateFolder, readdirSync(stateFolder)[0] ?? "none");
    expect(error).toMatchObject({ code: "pin_latched", data: { latchFile } });
    rmSync(latchFile);
    await expect(start()).rejects.toMatchObject({ code: "pin_rejected" });
  });

  it("appears in no error, log line or file", async () => {
    writePin(wrong);
    const log = recordLog();
    for (let round = 0; round < 2; round += 1) {
      const error: unknown = await start(log).catch((reason: unknown) => reason);
      expect(error).toBeInstanceOf(Error);
      expect(JSON.stringify([String(error), error])).not.toContain(wrong);
    }
    expect(log.text()).not.toContain(wrong);
    for (const name of readdirSync(stateFolder)) {
      expect(readFileSync(path.join(stateFolder, name), "utf8")).not.toContain(wrong);
    }
  });

  it("found at a rebuild is tried once, and once its file holds the right one the keeper comes up by itself", async () => {
    let looks = 0;
    const sleep = (milliseconds: number, signal?: AbortSignal) => {
      if (milliseconds === 30_000) looks += 1;
      return systemClock.sleep(Math.min(milliseconds, 50), signal);
    };
    const keeper = await start(recordLog(), { now: systemClock.now, sleep });
    writePin(wrong);
    const logins = await loginsDuring(async () => {
      process.kill(lastPid(keeper), "SIGKILL");
      await until("the file to be looked at again", () => looks > 2);
      await expect(keeper.prove("key")).rejects.toMatchObject({ code: "keeper_unavailable" });
    });
    expect(logins).toBe(1);
    expect(keeper.status()).toMatchObject({ up: false, restarts: 0 });
    writePin(hsm.pin);
    await until("the keeper to be up", () => keeper.status().up);
    await keeper.close();
  });
});

describe("a login", () => {
  it.each([
    ["CKR_PIN_LOCKED", 0xa4],
    ["CKR_PIN_EXPIRED", 0xa3],
  ])("that meets %s is not made again with this PIN", async (code, value) => {
    module.plan("C_Login", value);
    const logins = await loginsDuring(async () => {
      await expect(start()).rejects.toMatchObject({ code: "hsm_error", data: { call: "C_Login", code } });
      await expect(start()).rejects.toMatchObject({ code: "pin_latched" });
    });
    expect(logins).toBe(1);
  });

  it("that fails for another reason may be made again", async () => {
    module.plan("C_Login", 0x30);
    for (let round = 0; round < 4; round += 1) {
      await expect(start()).rejects.toMatchObject({ code: "hsm_error", data: { code: "CKR_DEVICE_ERROR" } });
    }
    module.behave();
    await (await start()).close();
  });

  it("that is cut off may be made again, but not for ever: each may have been a failed one", async () => {
    module.plan("C_Login", "crash");
    const logins = await loginsDuring(async () => {
      for (let round = 0; round < 3; round += 1) {
        await expect(start()).rejects.toMatchObject({ code: "keeper_unavailable" });
      }
      await expect(start()).rejects.toMatchObject({ code: "pin_latched" });
    });
    expect(logins).toBe(3);
  });

  it("that is cut off keeps no other one from its turn, and leaves nothing once the token took the PIN", async () => {
    module.plan("C_Login", "crash", 1);
    await expect(start()).rejects.toMatchObject({ code: "keeper_unavailable" });
    expect(readdirSync(stateFolder)).not.toEqual([]);
    await (await start()).close();
    expect(readdirSync(stateFolder)).toEqual([]);
  });
});
