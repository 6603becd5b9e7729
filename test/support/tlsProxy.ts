import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { createInterface } from "node:readline";
import { repository } from "./attestor.ts";
import type { TestIdentity } from "./pki.ts";

/** A real stunnel on a loopback port. */
export interface TlsProxy {
  readonly port: number;
  /** What it wrote. */
  readonly log: readonly string[];
  close(): Promise<void>;
}

const sample = path.join(repository, "docs/samples/verulink-stunnel.conf");

/** Starts stunnel with the sample configuration, in which nothing but places and names is replaced. */
export async function startTlsProxy(signerPort: number, { files }: Pick<TestIdentity, "files">): Promise<TlsProxy> {
  const replaced: Readonly<Record<string, string>> = {
    accept: "127.0.0.1:0",
    connect: `127.0.0.1:${signerPort}`,
    checkHost: "localhost",
    cert: files.certificate,
    key: files.key,
    CAfile: files.peerAuthority,
  };
  let text = readFileSync(sample, "utf8");
  for (const [setting, value] of Object.entries(replaced)) {
    const line = new RegExp(`^${setting} = .*$`, "m");
    if (!line.test(text)) throw new Error(`the sample has no setting ${setting}`);
    text = text.replace(line, `${setting} = ${value}`);
  }
  const folder = mkdtempSync(path.join(tmpdir(), "hsm-attestor-stunnel-"));
  const file = path.join(folder, "stunnel.conf");
  writeFileSync(file, text);
  const child = spawn("stunnel", [file], { stdio: ["ignore", "ignore", "pipe"] });
  const log: string[] = [];
  const close = async () => {
    if (child.exitCode === null && child.signalCode === null && child.kill()) await once(child, "exit");
    rmSync(folder, { recursive: true, force: true });
  };
  try {
    return { port: await portOf(child, log), log, close };
  } catch (error) {
    await close();
    throw error;
  }
}

/** It says which port the system gave it. */
function portOf(child: ChildProcess, log: string[]): Promise<number> {
  const { promise, resolve, reject } = Promise.withResolvers<number>();
  child.on("error", (error) =>
    reject(new Error(`stunnel cannot be run: install the package stunnel4 (${error.message})`)),
  );
  child.on("exit", () => reject(new Error(`stunnel ended: ${log.join("\n")}`)));
  createInterface({ input: child.stderr ?? process.stdin }).on("line", (line) => {
    log.push(line);
    const port = /Service \[signer\] \(FD=[0-9]+\) bound to 127\.0\.0\.1:([0-9]+)/.exec(line)?.[1];
    if (port) resolve(Number(port));
  });
  return promise;
}
