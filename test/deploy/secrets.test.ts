import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { formatKeyUri, type KeySpec, parseKeyUri } from "../../hsm/index.ts";
import { startTestSupervisor, type TestSupervisor } from "../hsm/support/supervisor.ts";
import { until } from "../hsm/support/until.ts";
import { startAttestor } from "../support/attestor.ts";
import { createSignerWorld, type SignerWorld } from "../support/signerWorld.ts";
import { createSoftHsm, type SoftHsm } from "../support/softhsm.ts";

/** The whole custody as in production: the signer, the keepers' supervisor under another user, and its keeper. */
let hsm: SoftHsm;
let world: SignerWorld;
let supervisor: TestSupervisor;
let signer: ReturnType<typeof startAttestor>;

beforeAll(async () => {
  hsm = await createSoftHsm({
    keys: [
      { label: "to-one", id: "0001" },
      { label: "to-two", id: "0002" },
      { label: "audit", id: "0003" },
    ],
  });
  world = await createSignerWorld({
    change(settings) {
      for (const [index, { uri, publicKey }] of hsm.keys.entries()) {
        Object.assign(settings.keys[index], { uri: formatKeyUri(parseKeyUri(uri)), publicKey });
      }
      settings.keeper = { socket: path.join(hsm.folder, "keeper.sock"), callDeadline: "20s" };
    },
  });
  supervisor = await startTestSupervisor(hsm, { keys: world.settings.keys as KeySpec[] });
  signer = startAttestor(["signer", "--config", world.configFile]);
  await until("the signer to be ready or to end", () => signer.process.exitCode !== null || isReady(), 60_000);
  if (!isReady()) throw new Error(`the signer did not start: ${signer.printed()} ${supervisor.log()}`);
});

const isReady = () => signer.printed().includes('"listening"');

afterAll(async () => {
  signer.process.kill("SIGKILL");
  await signer.done;
  await supervisor.kill("SIGKILL");
  await world.close();
  hsm.remove();
});

const childrenOf = (pid: number) =>
  readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8").trim().split(" ").filter(Boolean).map(Number);

function running(): { name: string; pid: number }[] {
  const keepers = childrenOf(supervisor.pid);
  expect(keepers).toHaveLength(1);
  return [
    { name: "signer", pid: signer.process.pid ?? 0 },
    { name: "supervisor", pid: supervisor.pid },
    ...keepers.map((pid) => ({ name: "keeper", pid })),
  ];
}

describe("the PIN", () => {
  it("is in no running process's arguments or environment", () => {
    for (const { name, pid } of running()) {
      for (const file of ["cmdline", "environ"]) {
        const text = readFileSync(`/proc/${pid}/${file}`, "utf8");
        expect(text, `${file} of the ${name}`).not.toContain(hsm.pin);
        if (file === "cmdline") expect(text).not.toBe("");
      }
    }
  });

  it("is in no log, and in no file but its own", () => {
    expect(signer.printed() + supervisor.log()).not.toContain(hsm.pin);
    for (const folder of [world.folder, hsm.folder]) {
      for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true })) {
        if (!entry.isFile()) continue;
        const file = path.join(entry.parentPath, entry.name);
        if (file !== hsm.pinFile) expect(readFileSync(file, "latin1"), file).not.toContain(hsm.pin);
      }
    }
  });
});

describe("a keeper", () => {
  it("gets nothing of its starter's environment but what a module or a PIN's location needs", () => {
    const keeper = running().find(({ name }) => name === "keeper")?.pid;
    const names = readFileSync(`/proc/${keeper}/environ`, "utf8")
      .split("\0")
      .filter(Boolean)
      .map((pair) => pair.split("=")[0]);
    const needed = names.filter((name) => name !== "NODE_COMPILE_CACHE"); // compiledCode.test.ts says when it has that
    expect(needed.sort()).toEqual(["SOFTHSM2_CONF", "UV_THREADPOOL_SIZE"]);
  });

  it("leaves no core file, in which the PIN could be", () => {
    const keeper = running().find(({ name }) => name === "keeper")?.pid;
    expect(readFileSync(`/proc/${keeper}/limits`, "utf8")).toMatch(/^Max core file size\s+0\s+0\s/m);
  });
});
