import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { signerOf } from "../../../shared/ecdsa/index.ts";
import { createFaultyModule, type FaultyFunction, type FaultyModule } from "../../support/native/faultyModule.ts";
import { createSoftHsm, type SoftHsm } from "../../support/softhsm.ts";
import { keeperOf, specOf, type TestKeeper } from "../support/keepers.ts";
import { vector } from "../support/packets.ts";
import { until } from "../support/until.ts";

let hsm: SoftHsm;
let module: FaultyModule;
let keeper: TestKeeper;

beforeAll(async () => {
  hsm = await createSoftHsm({
    keys: [
      { label: "key", id: "0001" },
      { label: "other", id: "0002" },
    ],
  });
  module = createFaultyModule(hsm);
  const keys = [module.through(specOf(hsm, 0)), module.through(specOf(hsm, 1, { destination: 2n }))];
  keeper = await keeperOf(hsm, { keys, callDeadlineMs: 20_000 });
});

beforeEach(async () => {
  module.behave();
  await until("the keeper to be up", () => keeper.status().up, 40_000);
  await attest(); // so that pauses between rebuilds start from the shortest again
});

afterAll(async () => {
  await keeper.close();
  hsm.remove();
});

const attest = () => keeper.attest({ key: "key", packet: vector.packet, verdict: "white" });

/** What happens in the module and to the keeper while something runs. */
async function effectsOf(run: () => Promise<unknown>) {
  const counted = ["C_SignInit", "C_Login", "C_FindObjectsInit", "C_OpenSession"] as const;
  const count = () => counted.map((name) => module.calls(name));
  const before = { calls: count(), restarts: keeper.status().restarts, lines: keeper.lines.length };
  await run();
  const [tries = 0, logins = 0, searches = 0, sessions = 0] = count().map(
    (calls, index) => calls - (before.calls[index] ?? 0),
  );
  const logged = keeper.lines.slice(before.lines);
  return {
    tries,
    logins,
    searches,
    sessions,
    rebuilt: keeper.status().restarts - before.restarts,
    notices: logged.filter(({ msg }) => msg === "the device failed and is asked again"),
    alarms: logged.filter(({ msg }) => msg === "the device needs somebody to look at it"),
  };
}

async function signsRightly(): Promise<void> {
  const { signature, digest } = await attest();
  expect(digest).toBe(vector.digest.white);
  expect(signerOf(signature, digest)).toBe(hsm.keys[0]?.address);
}

describe("a session that is lost or stuck is replaced, and the request made once more", () => {
  it.each([
    ["C_SignInit", "CKR_OPERATION_ACTIVE", 0x90],
    ["C_Sign", "CKR_OPERATION_ACTIVE", 0x90],
    ["C_Sign", "CKR_OPERATION_NOT_INITIALIZED", 0x91],
  ] as const)("%s answers %s", async (call, code, value) => {
    module.plan(call, value, 1);
    const effects = await effectsOf(signsRightly);
    expect(effects).toMatchObject({ tries: 2, logins: 0, searches: 0, rebuilt: 0 });
    const level = code === "CKR_OPERATION_NOT_INITIALIZED" ? "error" : "warn"; // the first can be only our mistake
    expect(effects.notices).toMatchObject([{ call, code, remedy: "session", level }]);
  });
});

describe("after anything by which handles may be lost, the keys are found and compared before the next signature", () => {
  it.each([
    ["C_SignInit", "CKR_SESSION_HANDLE_INVALID", 0xb3],
    ["C_Sign", "CKR_SESSION_HANDLE_INVALID", 0xb3],
    ["C_SignInit", "CKR_SESSION_CLOSED", 0xb0],
    ["C_SignInit", "CKR_OBJECT_HANDLE_INVALID", 0x82],
    ["C_SignInit", "CKR_KEY_HANDLE_INVALID", 0x60],
  ] as const)("%s answers %s", async (call, code, value) => {
    module.plan(call, value, 1);
    const effects = await effectsOf(signsRightly);
    // a search for the private keys and one for the public ones
    expect(effects).toMatchObject({ tries: 2, logins: 0, searches: 2, rebuilt: 0 });
    expect(effects.notices).toMatchObject([{ call, code, remedy: "renew" }]);
  });

  it("the control session is lost too", async () => {
    module.plan("C_SignInit", 0xb3, 1);
    module.plan("C_GetSessionInfo", 0xb3, 1);
    const effects = await effectsOf(signsRightly);
    expect(effects).toMatchObject({ tries: 2, searches: 2, sessions: 2, rebuilt: 0 });
  });

  it("a lost login is made up for by one login", async () => {
    module.plan("C_SignInit", 0x101, 1);
    const effects = await effectsOf(signsRightly);
    expect(effects).toMatchObject({ tries: 2, logins: 1, searches: 2, rebuilt: 0 });
    expect(effects.notices).toMatchObject([{ code: "CKR_USER_NOT_LOGGED_IN", remedy: "login" }]);
  });

  const code = "CKR_OBJECT_HANDLE_INVALID";
  it("many requests that met the same loss look for the keys once", async () => {
    module.delay("parallel", 500); // both sessions are in C_Sign when the first one fails
    module.plan("C_Sign", 0x82, 2);
    const effects = await effectsOf(() => Promise.all(Array.from({ length: 4 }, signsRightly)));
    expect(effects).toMatchObject({ searches: 2, rebuilt: 0, notices: [{ code }, { code }] });
  });
});

describe("a device that is busy or full", () => {
  it("is asked again twice, with pauses, after CKR_FUNCTION_FAILED", async () => {
    module.plan("C_Sign", 0x6, 2);
    const effects = await effectsOf(signsRightly);
    expect(effects).toMatchObject({ tries: 3, rebuilt: 0 });
    expect(effects.notices).toMatchObject([{ remedy: "backOff" }, { remedy: "backOff" }]);
  });

  it("is left alone after the third CKR_FUNCTION_FAILED: the request fails, the keeper stays", async () => {
    module.plan("C_Sign", 0x6, 3);
    const effects = await effectsOf(() =>
      expect(attest()).rejects.toMatchObject({ code: "hsm_error", data: { code: "CKR_FUNCTION_FAILED" } }),
    );
    expect(effects).toMatchObject({ tries: 3, rebuilt: 0 });
    await signsRightly();
  });

  it("and has no further session serves everybody with those that it has", async () => {
    await keeper.attest({ key: "key", packet: vector.packet, verdict: "white" }); // one session is open
    module.plan("C_OpenSession", 0xb1);
    const effects = await effectsOf(() => Promise.all(Array.from({ length: 6 }, signsRightly)));
    expect(effects).toMatchObject({ tries: 6, rebuilt: 0 });
  });

  it("and reports CKR_DEVICE_MEMORY fails the request with an alarm and is not asked again", async () => {
    module.plan("C_Sign", 0x31, 1);
    const effects = await effectsOf(() => expect(attest()).rejects.toMatchObject({ code: "hsm_error" }));
    expect(effects).toMatchObject({ tries: 1, rebuilt: 0, alarms: [{ level: "error" }] });
    await signsRightly();
  });
});

describe("a device that says no, and a mistake of ours, fail the request with an alarm and nothing else", () => {
  it.each([
    ["CKR_FUNCTION_REJECTED", 0x200],
    ["CKR_KEY_FUNCTION_NOT_PERMITTED", 0x68],
    ["CKR_BUFFER_TOO_SMALL", 0x150],
    ["CKR_DATA_LEN_RANGE", 0x21],
  ])("%s", async (_code, value) => {
    module.plan("C_Sign", value, 1);
    const effects = await effectsOf(() => expect(attest()).rejects.toMatchObject({ code: "hsm_error" }));
    expect(effects).toMatchObject({ tries: 1, rebuilt: 0, notices: [], alarms: [{ level: "error" }] });
    await signsRightly();
  });

  it("after ten in a row the keeper is rebuilt, so that its status tells what it is worth", async () => {
    module.plan("C_Sign", 0x200);
    for (let round = 0; round < 10; round += 1) await expect(attest()).rejects.toMatchObject({ code: "hsm_error" });
    await until("the failed rebuild", () => keeper.status().reason?.includes("C_Sign"));
    expect(keeper.status()).toMatchObject({ up: false });
  });

  it("and a rebuilt keeper is given ten again", async () => {
    const { restarts } = keeper.status();
    module.plan("C_Sign", 0x200, 10);
    for (let round = 0; round < 10; round += 1) await expect(attest()).rejects.toMatchObject({ code: "hsm_error" });
    await until("the rebuilt keeper", () => keeper.status().up && keeper.status().restarts > restarts, 40_000);
    module.plan("C_Sign", 0x200, 1);
    const effects = await effectsOf(() => expect(attest()).rejects.toMatchObject({ code: "hsm_error" }));
    expect(effects).toMatchObject({ tries: 1, rebuilt: 0 });
    expect(keeper.status().up).toBe(true);
  });
});

describe("a module or device in an unknown state is rebuilt once, and the request made once more", () => {
  it.each([
    ["CKR_DEVICE_ERROR", 0x30],
    ["CKR_GENERAL_ERROR", 0x5],
    ["CKR_HOST_MEMORY", 0x2],
    ["CKR_CRYPTOKI_NOT_INITIALIZED", 0x190],
    ["a return value of the vendor's own", 0x80000101],
  ])("%s", async (_code, value) => {
    module.plan("C_Sign", value, 1);
    const effects = await effectsOf(signsRightly);
    expect(effects).toMatchObject({ rebuilt: 1, logins: 1, tries: 2 + 2 }); // both keys prove themselves again
  });

  it("a device that stays so is not asked by requests any more: they fail at once", async () => {
    module.plan("C_Sign", 0x30);
    await expect(attest()).rejects.toMatchObject({ code: "hsm_error" });
    await expect(attest()).rejects.toMatchObject({ code: "keeper_unavailable" });
    expect(keeper.status().up).toBe(false);
  });
});

describe("a device that is not there fails the request at once, and is looked for until it is back", () => {
  it.each([
    ["C_Sign", "CKR_DEVICE_REMOVED", 0x32],
    ["C_SignInit", "CKR_TOKEN_NOT_PRESENT", 0xe0],
  ] as const)("%s answers %s", async (call, code, value) => {
    module.plan(call, value);
    await expect(attest()).rejects.toMatchObject({ code: "hsm_error", data: { call, code } });
    await until("a failed rebuild", () => keeper.status().reason?.includes(code));
    await expect(attest()).rejects.toMatchObject({ code: "keeper_unavailable" });
    module.behave();
    await until("the keeper to be up again", () => keeper.status().up, 40_000);
    await signsRightly();
  });
});

describe("a fault that stays after it was met once fails the request and ends the keeper", () => {
  it.each(["C_SignInit", "C_FindObjectsInit"] as FaultyFunction[])("%s", async (call) => {
    module.plan("C_SignInit", 0x82);
    module.plan(call, 0x82);
    const effects = await effectsOf(() => expect(attest()).rejects.toMatchObject({ code: "hsm_error" }));
    expect(effects.tries).toBeLessThan(4);
    expect(keeper.status().up).toBe(false);
  });
});

describe("no signature is released but the right one", () => {
  it.each([
    ["another key's", "C_SignInit", "otherKey"],
    ["one over other bytes", "C_Sign", "wrong"],
    ["zeros", "C_Sign", "zero"],
  ] as const)("%s", async (_what, call, action) => {
    module.plan(call, action);
    await expect(attest()).rejects.toMatchObject({ code: "wrong_signature", data: { key: "key" } });
    expect(keeper.status().up).toBe(false);
  });

  it("a high s is lowered", async () => {
    module.plan("C_Sign", "highS");
    for (let round = 0; round < 8; round += 1) await signsRightly(); // signerOf takes no high s
  });
});
