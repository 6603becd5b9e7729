import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { load } from "./load.ts";

interface Lock {
  shareWith: (pid: number) => void;
  release: () => void;
}
const { acquireLock } = await load<{
  acquireLock: (folder: string, options: { signal: AbortSignal; onWait: (pid: number) => void }) => Promise<Lock>;
}>("setup/lock.mjs");

let folder: string;
beforeEach(() => {
  folder = join(mkdtempSync(join(tmpdir(), "attestor-lock-")), "tickets");
});
afterEach(() => rmSync(join(folder, ".."), { recursive: true }));

const never = new AbortController().signal;
const refuseToWait = (pid: number) => {
  throw new Error(`held by ${pid}`);
};

describe("the set-up lock", () => {
  test("is free again after its release", async () => {
    for (let turn = 0; turn < 2; turn++) {
      const lock = await acquireLock(folder, { signal: never, onWait: refuseToWait });
      expect(readdirSync(folder)).toHaveLength(1);
      lock.release();
      expect(readdirSync(folder)).toEqual([]);
    }
  });

  test("is not held by a process that has gone, nor by one that has its number by chance", async () => {
    const gone = execFileSync(process.execPath, ["-p", "process.pid"], { encoding: "utf8" }).trim();
    mkdirSync(folder);
    writeFileSync(join(folder, `${gone}-1`), "");
    writeFileSync(join(folder, `${process.ppid}-1`), "");
    writeFileSync(join(folder, "no ticket"), "");
    const lock = await acquireLock(folder, { signal: never, onWait: refuseToWait });
    expect(readdirSync(folder)).toHaveLength(1);
    lock.release();
  });

  test("stays held for a process it is shared with, and waiting ends with an abort", async () => {
    const held = await acquireLock(folder, { signal: never, onWait: refuseToWait });
    held.shareWith(process.ppid);
    const stop = new AbortController();
    const waiting = acquireLock(folder, { signal: stop.signal, onWait: () => stop.abort(new Error("stopped")) });
    await expect(waiting).rejects.toThrow("stopped");
    held.release();
    expect(readdirSync(folder)).toEqual([]);
  });
});
