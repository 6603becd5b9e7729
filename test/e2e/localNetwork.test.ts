import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { planNetwork, portsOf } from "../../cli/up/plan.ts";
import { attestor, type CommandResult } from "../support/attestor.ts";
import { freePortBase, isFree } from "./ports.ts";
import { filesThatTell, secretsIn } from "./secrets.ts";

const packets = 6;

let folder: string;
let words: string[];
let portBase: number;
let printed = "";
beforeAll(async () => {
  folder = mkdtempSync(path.join(tmpdir(), "attestor-up-"));
  portBase = await freePortBase();
  words = ["up", "--once", "--packets", `${packets}`, "--folder", folder, "--port-base", `${portBase}`];
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function expectRight({ code, stdout, stderr }: CommandResult): void {
  printed += stdout + stderr;
  expect(stderr).toBe("");
  expect(stdout).toContain(`${packets} of ${packets} packets executed with the right vote`);
  expect(stdout).toContain(`${packets - 1} YEA, 1 NAY`);
  expect(code).toBe(0);
}

async function expectNothingLeft(): Promise<void> {
  for (const { port, user } of portsOf(planNetwork(folder, portBase))) expect(await isFree(port), user).toBe(true);
}

/** The real processes together: SoftHSM, Anvil, mutual TLS, SQLite, through the command that a newcomer types. */
describe("attestor up --once", () => {
  it("makes a bridge from nothing and executes every packet both ways with the right vote", {
    timeout: 120_000,
  }, async () => {
    const result = await attestor(words);
    expectRight(result);
    for (const id of ["1001/1002/1", "1001/1002/3", "1002/1001/1", "1002/1001/3"]) {
      expect(result.stdout).toMatch(new RegExp(`${id} .* executed`));
    }
    await expectNothingLeft();
  });

  it("goes on where it stopped when it is started again", { timeout: 120_000 }, async () => {
    const result = await attestor(words);
    expectRight(result);
    expect(result.stdout).not.toContain("generate keys");
    for (const id of ["1001/1002/4", "1001/1002/6", "1002/1001/4", "1002/1001/6"]) {
      expect(result.stdout).toMatch(new RegExp(`${id} .* executed`));
    }
    await expectNothingLeft();
  });

  it("leaves no PIN and no RPC address in any output, log, database or state file", () => {
    const secrets = secretsIn(folder);
    expect(new Set(secrets).size).toBe(3 * 2 + 3 * 2);
    expect(filesThatTell(folder, secrets)).toEqual([]);
    for (const secret of secrets) expect(printed).not.toContain(secret);
  });
});
