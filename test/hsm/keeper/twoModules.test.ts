import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { signerOf } from "../../../shared/ecdsa/index.ts";
import { createSoftHsm, type SoftHsm } from "../../support/softhsm.ts";
import { keeperOf, specOf, type TestKeeper } from "../support/keepers.ts";
import { type P11KitServer, startP11KitServer } from "../support/p11Kit.ts";
import { packetWith } from "../support/packets.ts";
import { until } from "../support/until.ts";

let near: SoftHsm;
let far: SoftHsm;
let server: P11KitServer;
let keeper: TestKeeper | undefined;

beforeAll(async () => {
  near = await createSoftHsm({ keys: [{ label: "near", id: "0001" }] });
  far = await createSoftHsm({ keys: [{ label: "far", id: "0001" }] });
});

beforeEach(async () => {
  server = await startP11KitServer(far);
});

async function start(callDeadlineMs: number): Promise<void> {
  const keys = [specOf(near, 0), server.through(specOf(far, 0, { destination: 2n }))];
  keeper = await keeperOf(near, { keys, callDeadlineMs, environment: { ...near.env, ...server.env } });
}

afterEach(async () => {
  await keeper?.close();
  keeper = undefined;
  server.stop();
});

afterAll(() => {
  near.remove();
  far.remove();
});

const running = (): TestKeeper => {
  if (keeper) return keeper;
  throw new Error("no keeper");
};

const sign = (key: "near" | "far") =>
  running().attest({ key, packet: packetWith({ destination: key === "near" ? 1n : 2n }), verdict: "white" });

/** The address that signs with a key now. */
async function signerWith(key: "near" | "far"): Promise<string | undefined> {
  const { signature, digest } = await sign(key);
  return signerOf(signature, digest);
}

/** The other token's keeper is down, then up again, and this one's signed all the while. */
async function onlyFarIsRebuilt(): Promise<void> {
  expect(await signerWith("near")).toBe(near.keys[0]?.address);
  await until(
    "the other keeper to be up again",
    () => running().status().up && running().status().restarts === 1,
    60_000,
  );
  expect(await signerWith("far")).toBe(far.keys[0]?.address);
  expect(running().pids()).toHaveLength(3);
}

describe("keys behind two modules, SoftHSM and p11-kit's client", () => {
  it("are held by two keepers, which sign at the same time, each with its own keys", async () => {
    await start(20_000);
    expect(new Set(running().pids()).size).toBe(2);
    const names = Array.from({ length: 20 }, (_, index) => (index % 2 === 0 ? ("near" as const) : ("far" as const)));
    const signers = await Promise.all(names.map(signerWith));
    expect(signers).toEqual(names.map((name) => (name === "near" ? near : far).keys[0]?.address));
    expect(server.remotes()).toHaveLength(1);
  });

  it("fail apart: what one module loses its keeper gets back, and the other one's keys sign meanwhile", async () => {
    await start(20_000);
    for (const pid of server.remotes()) process.kill(pid, "SIGKILL");
    // every call answers CKR_DEVICE_ERROR until the module is initialised anew, which the retry in a new keeper does
    expect(await signerWith("far")).toBe(far.keys[0]?.address);
    await onlyFarIsRebuilt();
  });

  it("hang apart: a token that stops costs its own requests their deadline, and nobody else's", async () => {
    await start(3_000);
    for (const pid of server.remotes()) process.kill(pid, "SIGSTOP");
    const hanging = sign("far");
    expect(await signerWith("near")).toBe(near.keys[0]?.address);
    await expect(hanging).rejects.toMatchObject({ code: "keeper_unavailable" });
    for (const pid of server.remotes()) process.kill(pid, "SIGKILL");
    await onlyFarIsRebuilt();
  });
});
