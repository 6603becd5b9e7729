import { spawn } from "node:child_process";
import { createServer } from "node:net";
import { devnodeCommand, devnodeUrl, findDevnode, untilDevnodeIsReady } from "./devnode.ts";

const startDeadline = 30_000;

/** A running development node. */
export interface Devnode {
  readonly url: string;
  close(): Promise<void>;
}

/**
 * Starts a development node that keeps its blocks in memory and ends with this process.
 *
 * @throws Error saying why there is none: not installed, or it did not come up.
 */
export async function startDevnode(): Promise<Devnode> {
  const finding = findDevnode();
  if ("reason" in finding) throw new Error(finding.reason);
  const port = await freePort();
  const [program = "", ...args] = devnodeCommand(finding.command, { port });
  const child = spawn(program, args, { stdio: ["ignore", "ignore", "pipe"] });
  const complaint: string[] = [];
  child.stderr.on("data", (chunk: Buffer) => complaint.push(chunk.toString()));
  const killAtExit = (): void => void child.kill("SIGKILL");
  process.once("exit", killAtExit);
  let hasEnded = false;
  const end = new Promise<void>((resolve) => {
    child.once("error", (error) => complaint.push(error.message));
    child.once("close", () => resolve());
  }).then(() => {
    hasEnded = true;
    process.off("exit", killAtExit);
  });
  const close = (): Promise<void> => {
    child.kill("SIGKILL");
    return end;
  };

  const url = devnodeUrl(port);
  if (await untilDevnodeIsReady(url, startDeadline, () => hasEnded)) return { url, close };
  const how = hasEnded ? "ended" : `was not ready within ${startDeadline / 1000} s`;
  await close();
  throw new Error(`aleo-devnode ${how}: ${complaint.join("").trim().split("\n").at(-1) || "it did not say why"}`);
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer().once("error", reject);
    server.listen(0, "127.0.0.1", () => {
      const address = server.address();
      server.close(() => resolve(typeof address === "object" && address !== null ? address.port : 0));
    });
  });
}
