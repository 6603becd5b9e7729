import { spawn, spawnSync } from "node:child_process";
import { readFileSync, readlinkSync } from "node:fs";
import path from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import type { AnyKeySpec } from "../../../hsm/index.ts";
import { planKeys, sealedPlans } from "../../../hsm/keeper/keyPlan.ts";
import { unsealKeys } from "../../../hsm/sealed/unsealKeys.ts";
import { accountOfSeed } from "../../../shared/aleo/index.ts";
import { stringifyJson } from "../../../shared/json/index.ts";
import { createSoftHsm, type SoftHsm } from "../../support/softhsm.ts";
import { withSoftHsmEnvironment } from "../support/inToken.ts";
import { specOf } from "../support/keepers.ts";
import { sealKey, type TestSealedKey } from "../support/sealedKey.ts";
import { startTestSupervisor } from "../support/supervisor.ts";
import { isAlive, until } from "../support/until.ts";
import { type SignerProcess, signerBeside, signersOf } from "./signerProcess.ts";

let hsm: SoftHsm;
let key: TestSealedKey;
let daemon: Daemon | undefined;

beforeAll(async () => {
  hsm = await createSoftHsm({ keys: [{ label: "key", id: "0001" }] });
  key = sealKey(hsm, "aleo", "0002");
});

afterEach(() => daemon?.kill());

afterAll(() => hsm.remove());

interface Daemon {
  readonly pid: number;
  readonly keeper: number;
  log(): string;
  attest(): Promise<void>;
  kill(): void;
}

async function startDaemon(socket?: string, keys: readonly AnyKeySpec[] = [key.spec]): Promise<Daemon> {
  const plan = stringifyJson({
    keys,
    stateFolder: path.join(hsm.folder, "state"),
    ...(socket && { socket }),
  });
  const child = spawn(process.execPath, [path.join(import.meta.dirname, "../support/daemon.ts"), plan], {
    env: { ...process.env, ...hsm.env },
    stdio: ["pipe", "pipe", "pipe"],
  });
  let output = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding("utf8").on("data", (text: string) => {
      output += text;
    });
  }
  await until(`the daemon to be ready: ${output}`, () => output.includes('"ready"'));
  daemon = {
    pid: child.pid ?? 0,
    keeper: Number(/"keeper":(\d+)/.exec(output)?.[1]),
    log: () => output,
    async attest() {
      child.stdin.write("attest\n");
      await until("the attestation", () => output.includes('"signed"'));
    },
    kill: () => void child.kill("SIGKILL"),
  };
  return daemon;
}

/** The forms in which the seed and what follows from it could turn up. */
function secretsOf({ spec }: TestSealedKey): string[] {
  const secrets: string[] = [];
  withSoftHsmEnvironment(hsm, () =>
    unsealKeys({
      plans: sealedPlans(planKeys([spec])),
      ...{ stateFolder: path.join(hsm.folder, "state-of-test"), environment: {} },
      deliver: (seed) => {
        const number = BigInt(`0x${Buffer.from(seed).reverse().toString("hex")}`);
        const { signatureKey } = accountOfSeed(seed);
        const bytes = [seed.toString("hex"), seed.toString("base64").slice(0, 40), seed.toString("latin1")];
        secrets.push(...bytes, `${number}`, number.toString(16), `${signatureKey}`, signatureKey.toString(16));
      },
    }),
  );
  return secrets;
}

function mayBeApart(): boolean {
  return spawnSync("unshare", ["--user", "--map-current-user", "--net", "--", "true"]).status === 0;
}

describe("the process that has a sealed key's seed", () => {
  let signer: SignerProcess;

  it("holds pipes and no socket, shares no network, writes no core file; no argument, environment or log holds the key", async () => {
    const { pid, keeper, attest, log } = await startDaemon();
    signer = await signerBeside(pid);
    process.kill(signer.pid, "SIGTERM"); // as to the whole group; the daemon answers it
    await attest();
    expect(log()).not.toContain("is down");
    const open = signer.descriptors();
    expect(open.filter((target) => target.startsWith("socket:"))).toEqual([]);
    expect(open.filter((target) => target.startsWith("pipe:")).length).toBeGreaterThanOrEqual(2);
    expect(
      open.filter((target) => target.startsWith("/") && target !== "/dev/null" && !/\(deleted\)$/.test(target)),
    ).toEqual([]);
    expect(signer.read("limits")).toMatch(/^Max core file size\s+0\s+0/m);
    expect(signer.read("environ")).toBe("");
    const interfaces = signer.read("net/dev").split("\n").slice(2);
    const outward = interfaces.filter((line) => line !== "" && !/^\s*lo:/.test(line));
    const isApart = readlinkSync(`/proc/${signer.pid}/ns/net`) !== readlinkSync("/proc/self/ns/net");
    // a user who may make no namespace is told so by the key's attribute `network`; in production the service has none
    expect(isApart).toBe(mayBeApart());
    if (isApart) expect(outward).toEqual([]);

    const secrets = secretsOf(key);
    expect(secrets).toHaveLength(7);
    const told = [pid, keeper, signer.pid].flatMap((each) =>
      ["cmdline", "environ"].map((file) => readFileSync(`/proc/${each}/${file}`, "latin1")),
    );
    const files = [readFileSync(key.sealedFile, "latin1"), key.spec.uri, log()];
    for (const secret of secrets) {
      for (const text of [...told, ...files]) expect(text.includes(secret)).toBe(false);
    }
  });

  it.each(["daemon", "keeper"] as const)("ends when its %s is killed", async (which) => {
    const { pid, keeper } = await startDaemon();
    signer = await signerBeside(pid);
    expect(isAlive(signer.pid)).toBe(true);
    process.kill(which === "daemon" ? pid : keeper, "SIGKILL");
    await until("the signer to end", () => !isAlive(signer.pid));
  });

  it("takes its keeper with it when it is killed, and both are there again", async () => {
    const { pid, keeper, attest, log } = await startDaemon();
    signer = await signerBeside(pid);
    process.kill(signer.pid, "SIGKILL");
    await until("the keeper to end", () => !isAlive(keeper));
    await until("the next keeper", () => log().split('"the keeper is up"').length === 3);
    await attest();
    expect((await signerBeside(pid)).pid).not.toBe(signer.pid);
  });
});

describe("under a supervisor", () => {
  it("runs as the keeper's user, a child of the supervisor's, and ends with it", async () => {
    const own = await createSoftHsm({ keys: [] });
    const sealed = sealKey(own, "aleo", "0002");
    const before = [hsm, key] as const;
    [hsm, key] = [own, sealed];
    const supervisor = await startTestSupervisor(own, { keys: [sealed.spec] });
    try {
      const { attest, pid } = await startDaemon(supervisor.socket);
      const signer = await signerBeside(supervisor.pid);
      await attest();
      expect(signer.descriptors().filter((target) => target.startsWith("socket:"))).toEqual([]);
      process.kill(pid, "SIGKILL");
      await until("the signer to end", () => !isAlive(signer.pid));
    } finally {
      await supervisor.kill("SIGKILL");
      own.remove();
      [hsm, key] = before;
    }
  });

  it("leaves no such process where the keeper opens keys that stay in the token", async () => {
    const supervisor = await startTestSupervisor(hsm, { keys: [key.spec, specOf(hsm, 0)] });
    try {
      const { attest, pid } = await startDaemon(supervisor.socket, [specOf(hsm, 0)]);
      await attest();
      await until(
        "the signer to end",
        () => !supervisor.log().includes("ended") && signersOf(supervisor.pid).length === 0,
      );
      process.kill(pid, "SIGKILL");
    } finally {
      await supervisor.kill("SIGKILL");
    }
  });
});
