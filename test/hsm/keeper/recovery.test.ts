import { readdirSync, renameSync } from "node:fs";
import path from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import type { Hex } from "../../../shared/digest/index.ts";
import { signerOf } from "../../../shared/ecdsa/index.ts";
import { createFaultyModule, type FaultyModule } from "../../support/native/faultyModule.ts";
import { createSoftHsm, type SoftHsm } from "../../support/softhsm.ts";
import { keeperOf, lastPid, specOf, type TestKeeper } from "../support/keepers.ts";
import { vector } from "../support/packets.ts";
import { isAlive, until } from "../support/until.ts";

let hsm: SoftHsm;
let module: FaultyModule;
let keeper: TestKeeper;
const callDeadlineMs = 1_000;

beforeAll(async () => {
  hsm = await createSoftHsm({ keys: [{ label: "key", id: "0001" }] });
  module = createFaultyModule(hsm);
});

beforeEach(async () => {
  module.behave();
  keeper = await keeperOf(hsm, { keys: [module.through(specOf(hsm, 0))], callDeadlineMs });
});

afterEach(() => keeper.close());

afterAll(() => hsm.remove());

const attest = () => keeper.attest({ key: "key", packet: vector.packet, verdict: "white" });

const digest = vector.digest.white as Hex;
const address = () => hsm.keys[0]?.address;

/** The keeper is up again and signs rightly. */
async function recovered(): Promise<void> {
  await until("the keeper to be up again", () => keeper.status().up && keeper.status().restarts > 0);
  const { signature } = await attest();
  expect(signerOf(signature, digest)).toBe(address());
  expect(keeper.status().up).toBe(true);
}

describe("a keeper that", () => {
  it("is killed is rebuilt, and later requests work", async () => {
    const first = lastPid(keeper);
    process.kill(first, "SIGKILL");
    await until("the keeper to be seen down", () => !keeper.status().up);
    expect(keeper.status()).toMatchObject({ up: false, reason: "it ended (SIGKILL)" });
    await expect(attest()).rejects.toMatchObject({ code: "keeper_unavailable" });
    await recovered();
    expect(lastPid(keeper)).not.toBe(first);
  });

  it("is killed under load fails the requests in progress, never answers wrongly, and goes on", async () => {
    const requests = Array.from({ length: 300 }, attest);
    await requests[20];
    process.kill(lastPid(keeper), "SIGKILL");
    const outcomes = await Promise.allSettled(requests);
    for (const outcome of outcomes) {
      if (outcome.status === "fulfilled") expect(signerOf(outcome.value.signature, digest)).toBe(address());
      else expect(outcome.reason).toMatchObject({ code: "keeper_unavailable" });
    }
    expect(outcomes.some(({ status }) => status === "rejected")).toBe(true);
    await recovered();
  });

  it("is stopped is killed at the deadline and rebuilt", async () => {
    const first = lastPid(keeper);
    process.kill(first, "SIGSTOP");
    const began = performance.now();
    await expect(attest()).rejects.toMatchObject({
      code: "keeper_unavailable",
      data: { reason: `attest took longer than its deadline of ${callDeadlineMs} ms` },
    });
    expect(performance.now() - began).toBeGreaterThan(callDeadlineMs - 20);
    await recovered();
    expect(isAlive(first)).toBe(false);
  });

  it("is stopped under load answers nothing wrongly, and the requests that come later are served", async () => {
    const requests = Array.from({ length: 60 }, attest);
    await requests[5];
    process.kill(lastPid(keeper), "SIGSTOP");
    const outcomes = await Promise.allSettled(requests);
    for (const outcome of outcomes) {
      if (outcome.status === "fulfilled") expect(signerOf(outcome.value.signature, digest)).toBe(address());
      else expect(outcome.reason).toMatchObject({ code: "keeper_unavailable" });
    }
    expect(outcomes.some(({ status }) => status === "rejected")).toBe(true);
    await recovered();
  });

  it.each(["C_Sign", "C_SignInit"] as const)("hangs in %s is killed at the deadline and rebuilt", async (call) => {
    const first = lastPid(keeper);
    module.plan(call, "hang");
    await expect(attest()).rejects.toMatchObject({ code: "keeper_unavailable" });
    module.behave();
    await recovered();
    expect(isAlive(first)).toBe(false);
  });

  it("crashes in the module is rebuilt", async () => {
    module.plan("C_Sign", "crash");
    await expect(attest()).rejects.toMatchObject({
      code: "keeper_unavailable",
      data: { reason: "it ended (SIGSEGV)" },
    });
    module.behave();
    await recovered();
  });

  it("has a module that writes into its connection is killed and rebuilt", async () => {
    module.plan("C_Sign", "babble");
    const reason = "it does not keep to the protocol";
    await expect(attest()).rejects.toMatchObject({ code: "keeper_unavailable", data: { reason } });
    module.behave();
    await recovered();
  });

  it("gets a wrong signature from the device is killed, with an alarm", async () => {
    const first = lastPid(keeper);
    module.plan("C_Sign", "wrong");
    await expect(attest()).rejects.toMatchObject({ code: "wrong_signature", data: { key: "key" } });
    await until("the keeper to end", () => !isAlive(first));
    const alarm = { level: "error", msg: "a wrong signature was discarded" };
    expect(keeper.lines).toContainEqual(expect.objectContaining(alarm));
    module.behave();
    await recovered();
  });

  it("answers a forged signature releases nothing either: the daemon looks for itself", async () => {
    module.plan("C_Sign", "forge"); // request 3 is the first after opening and proving the one key
    await expect(attest()).rejects.toMatchObject({ code: "wrong_signature", data: { key: "key" } });
    module.behave();
    await recovered();
  });

  it("answers with no signature is killed and rebuilt: its request's sender made no mistake", async () => {
    module.plan("C_Sign", "odd");
    const reason = "it does not keep to the protocol";
    await expect(attest()).rejects.toMatchObject({ code: "keeper_unavailable", data: { reason } });
    module.behave();
    await recovered();
  });

  it("gets a signature of another length fails the request", async () => {
    module.plan("C_Sign", "short");
    await expect(attest()).rejects.toMatchObject({ code: "hsm_error", data: { call: "C_Sign", code: "63 bytes" } });
    module.behave();
    await recovered();
  });

  it("cannot be rebuilt is tried again until its token is back", async () => {
    const [folder = ""] = readdirSync(path.join(hsm.folder, "tokens"));
    const [token, away] = [path.join(hsm.folder, "tokens", folder), path.join(hsm.folder, "away")];
    renameSync(token, away);
    process.kill(lastPid(keeper), "SIGKILL");
    await until("a failed rebuild", () => keeper.status().reason?.includes("Token test"));
    expect(keeper.status().reason).toMatch(
      /^Token test: the module does not show it; it shows no initialised token .*SOFTHSM2_CONF/,
    );
    await expect(attest()).rejects.toMatchObject({ code: "keeper_unavailable" });
    renameSync(away, token);
    await recovered();
  });

  it("is being rebuilt can be closed", async () => {
    module.plan("C_OpenSession", "hang");
    process.kill(lastPid(keeper), "SIGKILL");
    const before = module.calls("C_OpenSession");
    await until("the rebuild to hang", () => module.calls("C_OpenSession") > before);
    await keeper.close();
    expect(keeper.status().up).toBe(false);
  });
});
