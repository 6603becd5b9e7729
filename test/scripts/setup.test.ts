import { cpSync, existsSync, readdirSync, readFileSync, rmSync, symlinkSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { Checkout, isRunning, until } from "./checkout.ts";
import { root } from "./load.ts";

let checkout: Checkout;
beforeEach(() => {
  checkout = new Checkout();
});
afterEach(() => checkout.remove());

async function setUp(): Promise<void> {
  const { ended, output } = checkout.bootstrap("setup");
  expect(await ended, output.stderr).toBe(0);
}

describe("set-up", () => {
  test("installs once and then finds nothing to do", async () => {
    await setUp();
    const again = checkout.bootstrap("setup");
    expect(await again.ended).toBe(0);
    expect(again.output).toEqual({ stdout: "", stderr: "set-up: ok\n" });
    expect(checkout.npmCalls()).toHaveLength(1);
  });

  test("installs again when the lock file has changed", async () => {
    await setUp();
    writeFileSync(join(checkout.folder, "package-lock.json"), '{ "packages": {} }');
    await setUp();
    expect(checkout.npmCalls()).toHaveLength(2);
  });

  test("takes a complete installation made by hand for what it is", async () => {
    await setUp();
    rmSync(join(checkout.folder, "node_modules/.set-up.json"));
    cpSync(join(root, "node_modules/.package-lock.json"), join(checkout.folder, "node_modules/.package-lock.json"));
    await setUp();
    expect(checkout.npmCalls()).toHaveLength(1);
  });

  test("stopped by Ctrl-C it ends npm and exits with 130, and the next run repairs", async () => {
    checkout.hold();
    const { child, ended, output } = checkout.bootstrap("setup");
    await until("npm to start", () => checkout.npmCalls().length === 1);
    child.kill("SIGINT");
    expect(await ended).toBe(130);
    expect(output.stderr).toContain("interrupted; run the same command again");
    expect(checkout.npmCalls().filter(isRunning)).toEqual([]);
    expect(readdirSync(join(checkout.folder, ".attestor/set-up"))).toEqual([]);
    checkout.letGo();
    await setUp();
    expect(checkout.npmCalls()).toHaveLength(2);
  });

  test("two at a time work one after the other, and the second has nothing left to do", async () => {
    checkout.hold();
    const first = checkout.bootstrap("setup");
    await until("the first npm", () => checkout.npmCalls().length === 1);
    const second = checkout.bootstrap("setup");
    await until("the second to wait", () => second.output.stderr.includes("another set-up"));
    checkout.letGo();
    expect([await first.ended, await second.ended]).toEqual([0, 0]);
    expect(checkout.npmCalls()).toHaveLength(1);
  });

  test("a crashed one holds nobody up, once the npm that it started has gone too", async () => {
    checkout.hold();
    const crashed = checkout.bootstrap("setup");
    await until("npm to start", () => checkout.npmCalls().length === 1);
    const [npm = 0] = checkout.npmCalls();
    crashed.child.kill("SIGKILL");
    const next = checkout.bootstrap("setup");
    await until("the next to wait", () => next.output.stderr.includes(`another set-up (process ${npm})`));
    process.kill(npm, "SIGKILL");
    checkout.letGo();
    expect(await next.ended, next.output.stderr).toBe(0);
    expect(checkout.npmCalls()).toHaveLength(2);
  });

  test("says which package does not work, and leaves nothing that looks complete", async () => {
    rmSync(join(checkout.folder, "npm-cli.js"));
    writeFileSync(
      join(checkout.folder, "npm-cli.js"),
      'import fs from "node:fs"; fs.mkdirSync("node_modules/.bin", { recursive: true });',
    );
    for (let run = 0; run < 2; run++) {
      const { ended, output } = checkout.bootstrap("setup");
      expect(await ended).toBe(1);
      expect(output.stderr).toContain("better-sqlite3 does not work here: Error: Cannot find module");
    }
  });

  // node-gyp writes that path into makefiles as it is.
  test("in a folder with a blank, builds with header files that a path without one leads to", async () => {
    const blank = new Checkout("attestor check out ");
    try {
      const node = blank.pinNode();
      const { ended, output } = blank.bootstrap("setup");
      expect(await ended, output.stderr).toBe(0);
      const { headers, leadTo } = blank.headersOfBuild();
      expect({ leadTo, hasBlank: /\s/.test(headers) }).toEqual({ leadTo: node, hasBlank: false });
      expect(existsSync(headers), "the link is removed").toBe(false);
    } finally {
      blank.remove();
    }
  });

  test("refuses an unknown command", async () => {
    expect(await checkout.bootstrap("toString").ended).toBe(2);
  });
});

describe("after set-up", () => {
  beforeEach(setUp);

  test("start gives the command its arguments, and ends with its code", async () => {
    const shown = checkout.bootstrap("start", "--once", "show");
    expect(await shown.ended).toBe(0);
    expect(shown.output).toEqual({ stdout: '["up","--once","show"]\n', stderr: "" });
    expect(await checkout.bootstrap("start", "7").ended).toBe(7);
  });

  test("SIGTERM reaches the command, whose answer counts", async () => {
    const finishes = checkout.bootstrap("start", "finish");
    await until("the command", () => finishes.output.stdout === "ready\n");
    finishes.child.kill("SIGTERM");
    expect(await finishes.ended).toBe(5);
    const dies = checkout.bootstrap("start", "stay");
    await until("the command", () => dies.output.stdout === "ready\n");
    dies.child.kill("SIGHUP");
    expect(await dies.ended).toBe(128 + 1);
  });

  test("SIGTERM reaches it also where npm sends it: to the shell that runs the script of package.json", async () => {
    const { scripts } = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as { scripts: { start: string } };
    const { child, ended, output } = checkout.run("sh", "-c", `${scripts.start} finish`);
    await until("the command", () => output.stdout === "ready\n");
    child.kill("SIGTERM");
    expect(await ended).toBe(5);
  });

  test("SIGINT alone does not end it before the command", async () => {
    const { child, ended, output } = checkout.bootstrap("start", "finish");
    await until("the command", () => output.stdout === "ready\n");
    child.kill("SIGINT");
    child.kill("SIGTERM");
    expect(await ended).toBe(5);
  });
});

describe("the launcher", () => {
  test("sets up first, with all that has to be said on stderr", async () => {
    const { ended, output } = checkout.run(join(checkout.folder, "attestor"), "show");
    expect(await ended).toBe(0);
    expect(output.stdout).toBe('["show"]\n');
    expect(output.stderr).toContain("set-up: npm packages installed");
  });

  test("finds its folder through a chain of symbolic links, and through the one for npx", async () => {
    await setUp();
    const links = new Checkout();
    try {
      symlinkSync(join(checkout.folder, "attestor"), join(links.folder, "first"));
      symlinkSync("first", join(links.folder, "second"));
      for (const path of [join(links.folder, "second"), join(checkout.folder, "node_modules/.bin/attestor")]) {
        const { ended, output } = links.run(path, "show");
        expect(await ended).toBe(0);
        expect(output).toEqual({ stdout: '["show"]\n', stderr: "" });
      }
    } finally {
      links.remove();
    }
  });

  test("leaves one process, the command itself, which gets signals and gives the exit code", async () => {
    await setUp();
    const { child, ended, output } = checkout.run(join(checkout.folder, "attestor"), "finish");
    await until("the command", () => output.stdout === "ready\n");
    child.kill("SIGTERM");
    expect(await ended).toBe(5);
  });

  test("asks set-up again when the lock file is younger than the last one", async () => {
    await setUp();
    const soon = new Date(Date.now() + 60_000);
    utimesSync(join(checkout.folder, "package-lock.json"), soon, soon);
    const { ended, output } = checkout.run(join(checkout.folder, "attestor"), "show");
    expect(await ended).toBe(0);
    expect(output).toEqual({ stdout: '["show"]\n', stderr: "set-up: ok\n" });
  });
});
