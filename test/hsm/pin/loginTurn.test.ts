import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { promisify } from "node:util";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { inTurn } from "../../../hsm/pin/loginTurn.ts";

let folder: string;
let file: string;
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), "turn-"));
  file = path.join(folder, "lock");
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const script = (name: string) => path.join(import.meta.dirname, "../support", name);

async function processInTurn() {
  const child = spawn(process.execPath, [script("stayInTurn.ts"), file], { stdio: ["ignore", "pipe", "inherit"] });
  await once(child.stdout, "data");
  const gone = once(child, "exit");
  return {
    async kill() {
      child.kill("SIGKILL");
      await gone;
    },
  };
}

describe("inTurn", () => {
  it("lets one of several processes run at a time, and leaves no file", async () => {
    const counter = path.join(folder, "counter");
    writeFileSync(counter, "0");
    const run = () => promisify(execFile)(process.execPath, [script("takeTurns.ts"), file, counter]);
    await Promise.all([run(), run(), run()]);
    expect(readFileSync(counter, "utf8")).toBe("600");
    expect(readdirSync(folder)).toEqual(["counter"]);
  });

  it("says that another process has its turn, and what to do, where that one does not end", async () => {
    const other = await processInTurn();
    let ran = false;
    const attempt = () =>
      inTurn(file, 200, () => {
        ran = true;
      });
    expect(attempt).toThrow(
      expect.objectContaining({
        code: "database_unusable",
        data: { file, reason: expect.stringMatching(/another process .* end it/) },
      }),
    );
    expect(ran).toBe(false);
    await other.kill();
    attempt();
    expect(ran).toBe(true);
  });

  it("ends with what it runs, also where that fails", () => {
    const fail = () => {
      throw new Error("no luck");
    };
    for (let round = 0; round < 2; round += 1) expect(() => inTurn(file, 200, fail)).toThrow("no luck");
    expect(readdirSync(folder)).toEqual([]);
  });

  it("runs nothing where the file cannot be made or is something else", () => {
    const never = () => expect.unreachable();
    const unusable = expect.objectContaining({ code: "database_unusable" });
    expect(() => inTurn(path.join(folder, "none", "lock"), 200, never)).toThrow(unusable);
    writeFileSync(file, "this is no lock".repeat(100));
    expect(() => inTurn(file, 200, never)).toThrow(unusable);
    rmSync(file);
    symlinkSync(path.join(folder, "elsewhere"), file); // who else may write to the folder chooses no file of ours
    expect(() => inTurn(file, 200, never)).toThrow(unusable);
    expect(readdirSync(folder)).toEqual(["lock"]);
  });
});
