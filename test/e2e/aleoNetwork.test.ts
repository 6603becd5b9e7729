import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { configFile } from "../../cli/up/configs.ts";
import { planNetwork, portsOf } from "../../cli/up/plan.ts";
import { attestor } from "../support/attestor.ts";
import { freePortBase, isFree } from "./ports.ts";

const packets = 4;

let folder: string;
let portBase: number;
beforeAll(async () => {
  folder = mkdtempSync(path.join(tmpdir(), "attestor-aleo-"));
  portBase = await freePortBase();
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const up = (...more: readonly string[]) =>
  attestor(["up", "--once", "--packets", `${packets}`, "--folder", folder, "--port-base", `${portBase}`, ...more]);

/** Three attestors with SoftHSM, a collector, two Anvil chains, and the stand-in of Aleo, which checks the quorum itself. */
it("packets between EVM and Aleo are attested by a quorum, both ways, and executed beside those of the EVM chains", {
  timeout: 180_000,
}, async () => {
  const { code, stdout, stderr } = await up("--aleo", "--stand-in");
  expect(stderr).toBe("");
  expect(stdout).toContain(`${packets} of ${packets} packets executed with the right vote`);
  for (const id of ["1001/1003/1", "1003/1001/1", "1001/1002/1", "1002/1001/1"]) {
    expect(stdout).toMatch(new RegExp(`${id} .* executed`));
  }
  expect(stdout).toContain("a stand-in of its REST interface, no virtual machine");
  expect(code).toBe(0);
  const plan = planNetwork(folder, portBase, true);
  for (const { port, user } of portsOf(plan)) expect(await isFree(port), user).toBe(true);
  const [first] = plan.attestors;
  const signer = first ? readFileSync(configFile.signer(first), "utf8") : "";
  expect(signer).toContain("scheme: verulink-aleo-ecdsa:testnet:attested_bridge.aleo");
});

it("a network that was made with an Aleo side is not started without one", { timeout: 60_000 }, async () => {
  const { code, stderr } = await up();
  expect(code).toBe(1);
  expect(stderr).toMatch(/was made with --aleo. Use another --folder, or --reset/);
});
