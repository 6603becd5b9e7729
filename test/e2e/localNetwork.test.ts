import type { ChildProcess } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, readFileSync, renameSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { Contract, JsonRpcProvider } from "ethers";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { accountAddress, roles } from "../../cli/up/localChains.ts";
import { readNetwork } from "../../cli/up/network.ts";
import { type NetworkPlan, planNetwork, portCount, portsOf } from "../../cli/up/plan.ts";
import { until } from "../../cli/up/until.ts";
import { systemClock } from "../../shared/clock/index.ts";
import { digestScheme, type Hex } from "../../shared/digest/index.ts";
import { signerOf } from "../../shared/ecdsa/index.ts";
import { bridgeAbi } from "../../shared/evm/index.ts";
import { parseJson } from "../../shared/json/index.ts";
import { parsePacket } from "../../shared/packet/index.ts";
import { attestor, type CommandResult, startAttestor } from "../support/attestor.ts";
import { attestorHere } from "../support/attestorHere.ts";
import { freePortBase, isFree } from "./ports.ts";
import { filesThatTell, secretsIn } from "./secrets.ts";

const unit = 10n ** 18n;

/** Sent by the first run, which ends with them, and by the second, which stays. */
const [first, second] = [6, 4];

let plan: NetworkPlan;
let built: CommandResult;
let run: { process: ChildProcess; done: Promise<CommandResult>; printed(): string };

/**
 * The real processes together: SoftHSM, Anvil, mutual TLS, SQLite, through the command that a newcomer types. A bridge that is
 * made from nothing and stopped; then the same one, started again, that stays up: what it shows, what is on the chains, what
 * happens when a part dies and on Ctrl-C.
 */
beforeAll(async () => {
  const folder = mkdtempSync(path.join(tmpdir(), "attestor-up-"));
  const portBase = await freePortBase();
  plan = planNetwork(folder, portBase);
  const where = ["--folder", folder, "--port-base", `${portBase}`];
  built = await attestor(["up", "--once", "--packets", `${first}`, ...where]);
  await expectNothingLeft();
  run = startAttestor(["up", "--packets", `${second}`, ...where]);
  expect(await until(async () => run.printed().includes("stays up"), 100_000), run.printed()).toBe(true);
}, 200_000);

afterAll(async () => {
  run.process.kill("SIGTERM");
  await run.done;
  rmSync(path.dirname(plan.folder), { recursive: true, force: true });
});

async function expectNothingLeft(): Promise<void> {
  for (const { port, user } of portsOf(plan)) expect(await isFree(port), user).toBe(true);
}

function expectRight(printed: string, packets: number): void {
  expect(printed).toContain(`${packets} of ${packets} packets executed with the right vote`);
  expect(printed).toContain(`${packets - 1} YEA, 1 NAY`);
}

interface PublicPacket {
  status: string;
  packet: unknown;
  verdict: "white" | "flagged";
  attestations: { digest: Hex; signature: Hex; signer: string; assurance: string; custody: string; sources: string }[];
  call: { to: string; data: string };
}

async function packetAt(id: string): Promise<PublicPacket> {
  return (await (await fetch(`http://127.0.0.1:${plan.collector.publicPort}/v1/packets/${id}`)).json()) as PublicPacket;
}

const beta = () => {
  const network = readNetwork(plan.networkFile);
  if (!network) throw new Error("the network is not recorded");
  const provider = new JsonRpcProvider(`http://127.0.0.1:${plan.chains[1].port}`, plan.chains[1].evmChainId);
  return { network, side: network.sides[1], provider };
};

/** The process id of the service that was started with a configuration, not of the shell that holds its leash. */
function daemonOf(configuration: string): number {
  const processes = readdirSync("/proc").filter((entry) => /^[0-9]+$/.test(entry));
  const found = processes.find((id) => {
    const [program, ...words] = commandLine(id);
    return program === process.execPath && words.at(-1) === configuration;
  });
  if (found === undefined) throw new Error(`no process runs with ${configuration}`);
  return Number(found);
}

function commandLine(id: string): string[] {
  try {
    return readFileSync(`/proc/${id}/cmdline`, "utf8").split("\0").slice(0, -1);
  } catch {
    return []; // it has ended since the folder was listed
  }
}

describe("attestor up --once", () => {
  it("makes a bridge from nothing and executes every packet both ways with the right vote", () => {
    expect(built.stderr).toBe("");
    expectRight(built.stdout, first);
    for (const id of ["1001/1002/1", "1001/1002/3", "1002/1001/1", "1002/1001/3"]) {
      expect(built.stdout).toMatch(new RegExp(`${id} .* executed`));
    }
    expect(built.code).toBe(0);
  });
});

describe("a local network that stays up", () => {
  it("goes on where it stopped when it is started again", () => {
    expectRight(run.printed(), second);
    expect(run.printed()).not.toContain("generate keys");
    for (const id of ["1001/1002/4", "1001/1002/5", "1002/1001/4", "1002/1001/5"]) {
      expect(run.printed()).toMatch(new RegExp(`${id} .* executed`));
    }
  });

  it("has three signatures for each packet, each by an HSM key that the contract knows", async () => {
    const { network, side, provider } = beta();
    const bridge = new Contract(side.bridge, bridgeAbi, provider);
    const registered = network.keys.map((keys) => keys.beta.address);
    const all = async () => (await packetAt("1001/1002/1")).attestations.length === 3;
    expect(await until(all, 20_000)).toBe(true);
    const { packet, verdict, attestations, status } = await packetAt("1001/1002/1");
    expect(status).toBe("quorum");
    const { digest, packetHash } = digestScheme("verulink-evm").digestOf(
      parsePacket(parseJson(JSON.stringify(packet))),
      verdict,
    );
    expect(attestations.map(({ signature }) => signerOf(signature, digest))).toEqual(
      [...registered].sort((a, b) => (BigInt(a) < BigInt(b) ? -1 : 1)),
    );
    for (const { assurance, custody, sources } of attestations) {
      expect({ assurance, custody, sources }).toEqual({ assurance: "claimed", custody: "hsm", sources: "single" });
    }
    for (const address of registered) expect(await bridge.getFunction("isAttestor")(address)).toBe(true);
    expect(await bridge.getFunction("consumedPackets")(1)).toBe(packetHash);
    provider.destroy();
  });

  it("paid the white packets out and locked the flagged one, by the contracts' own books", async () => {
    const { network, side, provider } = beta();
    const balance = "function balanceOf(address) view returns (uint256)";
    const locked = "function locked(address user,address token) view returns (uint256)";
    const user = accountAddress(roles.user);
    // Every other packet goes to beta, with 1, 3 and 5 units in the first run, 1 and 3 in the second; the second of each run, to
    // alpha with 2 units, is the flagged one.
    expect(await new Contract(side.token, [balance], provider).getFunction("balanceOf")(user)).toBe(13n * unit);
    const alpha = new JsonRpcProvider(`http://127.0.0.1:${plan.chains[0].port}`, plan.chains[0].evmChainId);
    const [home] = network.sides;
    expect(await new Contract(home.holding, [locked], alpha).getFunction("locked")(user, home.token)).toBe(4n * unit);
    expect((await packetAt("1002/1001/1")).verdict).toBe("flagged");
    provider.destroy();
    alpha.destroy();
  });

  it("shows the same through status and packets, for people and for programs", async () => {
    const folder = path.dirname(plan.folder);
    const executed = async () => {
      const { stdout } = await attestorHere(["packets", "--folder", folder, "--state", "executed", "--json"]);
      return stdout.split('"state":"executed"').length - 1 === 3 * (first + second);
    };
    expect(await until(executed, 30_000)).toBe(true);
    const status = await attestor(["status", "--folder", folder]);
    expect(status.code).toBe(0);
    for (const text of ["attestor-1", "attestor-3", "alpha-to-beta", "beta-to-alpha", "single source"]) {
      expect(status.stdout).toContain(text);
    }
    expect(status.stdout, "a hash, cut").toMatch(/version sha256:[0-9a-f]{12}…, \d+ s old$/m);
    const packets = await attestor(["packets", "--folder", folder]);
    expect(packets.stdout).toContain("1001/1002/1");
    expect(packets.stdout).toContain("flagged");
  });

  it("refuses a second network on the same ports, naming the port and the option", async () => {
    const again = await attestor([
      "up",
      "--once",
      "--folder",
      `${plan.folder}-2`,
      "--port-base",
      `${plan.chains[0].port}`,
    ]);
    expect(again.code).toBe(1);
    expect(again.stderr).toContain(`127.0.0.1:${plan.chains[0].port}`);
    expect(again.stderr).toContain("--port-base");
  });

  it("refuses a second network in the same folder, on other ports too, before --reset deletes anything", async () => {
    const folder = path.dirname(plan.folder);
    const other = `${plan.chains[0].port + portCount}`;
    const again = await attestorHere(["up", "--once", "--reset", "--folder", folder, "--port-base", other]);
    expect(again).toMatchObject({ code: 1, stderr: expect.stringContaining(`runs in ${folder} already`) });
    expect(existsSync(plan.networkFile)).toBe(true);
  });

  it("reports a part that dies, and on Ctrl-C stops every part and exits 1", { timeout: 40_000 }, async () => {
    process.kill(daemonOf(`${plan.attestors[1]?.folder}/signer.yaml`), "SIGKILL");
    const reported = async () => run.printed().includes("attestor-2 signer ended unexpectedly (signal 9)");
    expect(await until(reported, 10_000)).toBe(true);
    run.process.kill("SIGINT");
    expect((await run.done).code).toBe(1);
    await expectNothingLeft();
  });

  it("that is interrupted while it is made ends at once and starts nothing more", { timeout: 60_000 }, async () => {
    const folder = mkdtempSync(path.join(tmpdir(), "attestor-up-"));
    const { process: starting, done } = startAttestor([
      "up",
      "--folder",
      folder,
      "--port-base",
      `${plan.chains[0].port}`,
    ]);
    expect(await until(async () => existsSync(path.join(folder, "local", "logs")), 30_000), "it compiles").toBe(true);
    starting.kill("SIGINT");
    const ended = await Promise.race([done, systemClock.sleep(30_000)]);
    if (!ended) starting.kill("SIGKILL");
    expect(ended).toMatchObject({ code: 130 });
    expect(ended?.stdout.trimEnd().split("\n").at(-1)).toBe("stopping every part");
    await expectNothingLeft();
    rmSync(folder, { recursive: true, force: true });
  });

  it("tells once why a part failed at a start, from what it wrote at this one", { timeout: 60_000 }, async () => {
    const [folder, ledger] = [path.dirname(plan.folder), `${plan.attestors[1]?.folder}/ledger.sqlite`];
    renameSync(ledger, `${ledger}.aside`);
    const { code, stderr } = await attestor(["up", "--folder", folder, "--port-base", `${plan.chains[0].port}`]);
    renameSync(`${ledger}.aside`, ledger);
    expect(code).toBe(1);
    expect(stderr.split("attestor-2 signer ended"), stderr).toHaveLength(2);
    expect(stderr).not.toContain("The others go on");
    expect(stderr.split("\n")[1], "nothing of earlier starts").toContain(`${ledger} does not exist`);
    await expectNothingLeft();
  });

  it("leaves no PIN and no RPC address in any output, log, database or state file", () => {
    const folder = path.dirname(plan.folder);
    const secrets = secretsIn(folder);
    expect(new Set(secrets).size).toBe(3 * 2 + 3 * 2);
    expect(filesThatTell(folder, secrets)).toEqual([]);
    for (const secret of secrets) expect(built.stdout + built.stderr + run.printed()).not.toContain(secret);
  });
});
