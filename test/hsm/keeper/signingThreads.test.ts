import { readdirSync, readFileSync } from "node:fs";
import os from "node:os";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createSoftHsm, type SoftHsm } from "../../support/softhsm.ts";
import { keeperOf, lastPid, type TestKeeper } from "../support/keepers.ts";
import { packetWith } from "../support/packets.ts";

let hsm: SoftHsm;
let keeper: TestKeeper;

beforeAll(async () => {
  hsm = await createSoftHsm({ keys: [{ label: "key", id: "0001" }] });
  keeper = await keeperOf(hsm, { sessions: 3 });
});

afterAll(async () => {
  await keeper.close();
  hsm.remove();
});

/** How nice each of a process's threads is, by thread (proc_pid_stat(5), field 19). */
function nicenessOf(pid: number): ReadonlyMap<number, number> {
  const threads = readdirSync(`/proc/${pid}/task`).map((thread): [number, number] => {
    const stat = readFileSync(`/proc/${pid}/task/${thread}/stat`, "utf8");
    return [Number(thread), Number(stat.slice(stat.lastIndexOf(") ") + 2).split(" ")[16])];
  });
  return new Map(threads);
}

describe.skipIf(process.platform !== "linux")("the threads of a keeper", () => {
  it("give way to the main thread where they are inside the module, all of them and no others", async () => {
    await keeper.attest({ key: "key", packet: packetWith({ sequence: 1n }), verdict: "white" });
    const niceness = nicenessOf(lastPid(keeper));
    const own = os.getPriority();
    expect(niceness.get(lastPid(keeper))).toBe(own);
    const threadsOfThePool = 3 + 4; // what Node itself uses beside those of the sessions
    expect([...niceness.values()].filter((each) => each === Math.min(19, own + 5))).toHaveLength(threadsOfThePool);
    expect([...niceness.values()].filter((each) => each !== own)).toHaveLength(threadsOfThePool);
  });
});
