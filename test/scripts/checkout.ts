import { type ChildProcess, spawn } from "node:child_process";
import { chmodSync, cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { root } from "./load.ts";

/**
 * In place of npm, which would take 20 s and a network: `ci` notes its process id, waits while the file `hold` exists,
 * and brings the packages that set-up checks over from this checkout.
 */
const npm = `
import fs from "node:fs";
fs.appendFileSync("npm-calls", process.pid + "\\n");
const headers = process.env.npm_config_nodedir;
fs.writeFileSync("npm-headers", JSON.stringify({ headers, leadTo: fs.realpathSync(headers) }));
const proceed = () => {
  if (fs.existsSync("hold")) return setTimeout(proceed, 20);
  fs.rmSync("node_modules", { recursive: true, force: true });
  fs.mkdirSync("node_modules/.bin", { recursive: true });
  for (const name of fs.readdirSync(${JSON.stringify(`${root}/node_modules`)})) {
    if (!name.startsWith(".")) fs.symlinkSync(${JSON.stringify(`${root}/node_modules/`)} + name, "node_modules/" + name);
  }
};
proceed();
`;

/** What stands for the attestor command: it does what its last argument says. */
const command = `
const word: string = process.argv.at(-1) ?? "";
if (word === "show") console.log(JSON.stringify(process.argv.slice(2)));
if (word === "stay") { setInterval(() => {}, 1000); console.log("ready"); }
if (word === "finish") {
  process.on("SIGTERM", () => process.exit(5));
  setInterval(() => {}, 1000);
  console.log("ready");
}
if (/^[0-9]+$/.test(word)) process.exit(Number(word));
`;

export interface Run {
  child: ChildProcess;
  /** What has been printed so far. */
  output: { stdout: string; stderr: string };
  /** The exit code, or nothing if a signal ended it. */
  ended: Promise<number | null>;
}

/** A small copy of this checkout in a temporary folder, where set-up can be tried. */
export class Checkout {
  readonly folder: string;

  /** @param prefix what the temporary folder's name begins with. */
  constructor(prefix = "attestor-checkout-") {
    this.folder = mkdtempSync(join(tmpdir(), prefix));
    for (const path of ["scripts", "attestor", "package.json", "package-lock.json", "toolchain/package-lock.json"]) {
      cpSync(join(root, path), join(this.folder, path), { recursive: true });
    }
    mkdirSync(join(this.folder, "cli"));
    writeFileSync(join(this.folder, "cli/main.ts"), command);
    writeFileSync(join(this.folder, "npm-cli.js"), npm);
    chmodSync(join(this.folder, "attestor"), 0o755);
  }

  /** Puts the Node.js that runs the tests where set-up installs the pinned one. @returns its folder. */
  pinNode(): string {
    const modules = join(this.folder, "toolchain/node_modules");
    const home = join(modules, `node-${process.platform}-${process.arch}`);
    mkdirSync(join(home, "bin"), { recursive: true });
    writeFileSync(join(home, "bin/node"), `#!/bin/sh\nexec '${process.execPath}' "$@"\n`, { mode: 0o755 });
    cpSync(join(root, "toolchain/package-lock.json"), join(modules, ".package-lock.json"));
    return home;
  }

  /** Where the last npm run was told that the header files are, and where that leads. */
  headersOfBuild(): { headers: string; leadTo: string } {
    return JSON.parse(readFileSync(join(this.folder, "npm-headers"), "utf8")) as { headers: string; leadTo: string };
  }

  /** Makes the stand-in for npm wait in the middle of its work. */
  hold(): void {
    writeFileSync(join(this.folder, "hold"), "");
  }

  letGo(): void {
    rmSync(join(this.folder, "hold"), { force: true });
  }

  /** The process ids of the npm runs so far. */
  npmCalls(): number[] {
    const path = join(this.folder, "npm-calls");
    return existsSync(path) ? readFileSync(path, "utf8").trim().split("\n").map(Number) : [];
  }

  bootstrap(...args: string[]): Run {
    return this.run(process.execPath, join(this.folder, "scripts/bootstrap.mjs"), ...args);
  }

  run(program: string, ...args: string[]): Run {
    const env = { ...process.env, npm_execpath: join(this.folder, "npm-cli.js") };
    const child = spawn(program, args, { cwd: this.folder, env, stdio: ["ignore", "pipe", "pipe"] });
    const output = { stdout: "", stderr: "" };
    child.stdout.on("data", (chunk) => {
      output.stdout += chunk;
    });
    child.stderr.on("data", (chunk) => {
      output.stderr += chunk;
    });
    const ended = new Promise<number | null>((resolve) => child.on("close", resolve));
    return { child, output, ended };
  }

  remove(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }
}

/** Waits until the condition holds; fails after 10 s. */
export async function until(what: string, condition: () => boolean): Promise<void> {
  const deadline = Date.now() + 10_000;
  while (!condition()) {
    if (Date.now() > deadline) throw new Error(`waited 10 s for ${what}`);
    await sleep(20);
  }
}

export function isRunning(pid: number): boolean {
  try {
    return readFileSync(`/proc/${pid}/stat`, "utf8").split(") ")[1]?.[0] !== "Z";
  } catch {
    return false;
  }
}
