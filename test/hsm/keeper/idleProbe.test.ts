import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { systemClock } from "../../../shared/clock/index.ts";
import { createFaultyModule, type FaultyModule } from "../../support/native/faultyModule.ts";
import { createSoftHsm, type SoftHsm } from "../../support/softhsm.ts";
import { keeperOf, lastPid, specOf, type TestKeeper } from "../support/keepers.ts";
import { vector } from "../support/packets.ts";
import { isAlive, until } from "../support/until.ts";

let hsm: SoftHsm;
let module: FaultyModule;
let keeper: TestKeeper;
/** Lets the time pass after which an idle token is asked. */
let pass: () => void;
const idleProbeMs = 77_777;

beforeAll(async () => {
  hsm = await createSoftHsm({
    keys: [
      { label: "first", id: "0001" },
      { label: "second", id: "0002" },
    ],
  });
  module = createFaultyModule(hsm);
});

beforeEach(async () => {
  module.behave();
  const sleep = (milliseconds: number, signal?: AbortSignal) => {
    if (milliseconds !== idleProbeMs) return systemClock.sleep(milliseconds, signal);
    const { promise, resolve } = Promise.withResolvers<void>();
    pass = resolve;
    signal?.addEventListener("abort", () => resolve());
    return promise;
  };
  const keys = [module.through(specOf(hsm, 0)), module.through(specOf(hsm, 1, { destination: 2n }))];
  keeper = await keeperOf(hsm, { keys, callDeadlineMs: 1_000, idleProbeMs, clock: { now: systemClock.now, sleep } });
});

afterEach(() => keeper.close());

afterAll(() => hsm.remove());

/** Lets that time pass, and returns once whatever it led to has ended. */
async function idle(): Promise<void> {
  const passed = pass;
  pass();
  await until("the token to be looked at", () => pass !== passed);
}

describe("a keeper of which nothing is asked", () => {
  it("that hangs is noticed, killed and rebuilt all the same", async () => {
    const first = lastPid(keeper);
    process.kill(first, "SIGSTOP");
    expect(keeper.status().up).toBe(true);
    pass();
    await until("the keeper to be seen down", () => !keeper.status().up);
    await until("the keeper to be up again", () => keeper.status().up && keeper.status().restarts === 1);
    expect(isAlive(first)).toBe(false);
  });

  it("is seen down when its device is gone, and up when it is back", async () => {
    module.plan("C_SignInit", 0x32);
    module.plan("C_GetSlotList", 0x32);
    pass();
    await until("the keeper to be seen down", () => keeper.status().reason?.includes("CKR_DEVICE_REMOVED"));
    module.behave();
    await until("the keeper to be up again", () => keeper.status().up);
  });

  it("has each of its keys show in turn that it can sign", async () => {
    const before = module.calls("C_Sign");
    await idle();
    expect(module.calls("C_Sign")).toBe(before + 1);
    module.plan("C_Sign", "wrong");
    await idle();
    expect(keeper.text()).toMatch(/"err":[^\n]*key second[^\n]*"a wrong signature was discarded"/);
  });
});

describe("a keeper that signs", () => {
  it("is asked for nothing besides", async () => {
    const before = module.calls("C_Sign");
    for (let packet = 1; packet <= 3; packet += 1) {
      await keeper.attest({ key: "first", packet: vector.packet, verdict: "white" });
      await idle();
      expect(module.calls("C_Sign")).toBe(before + packet);
    }
  });
});
