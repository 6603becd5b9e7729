import { execFile, spawn } from "node:child_process";
import type { Socket } from "node:net";
import { text } from "node:stream/consumers";
import { promisify } from "node:util";

/**
 * Asks the kernel who connected (SO_PEERCRED). Node has no call for it, so the connection is lent to a Python that has:
 * set-up needs one anyway.
 */
const askKernel = [
  "import socket, struct",
  "peer = socket.socket(fileno=3).getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, 12)",
  "print(struct.unpack('3i', peer)[1])",
].join("\n");

/** Milliseconds that the answer may take. */
const deadline = 10_000;

/**
 * The user id of the process that made a connection over a Unix socket. The connection is paused; whoever reads from it
 * resumes it.
 *
 * @returns undefined if it cannot be told, and then nobody is to be served.
 */
export async function peerOf(connection: Socket): Promise<number | undefined> {
  const python = spawn("python3", ["-I", "-S", "-c", askKernel], {
    stdio: ["ignore", "pipe", "ignore", connection],
    env: { PATH: process.env.PATH },
    timeout: deadline,
    killSignal: "SIGKILL",
  });
  python.on("error", () => {}); // no Python: it has printed nothing
  const printed = python.stdout ? await text(python.stdout).catch(() => "") : "";
  return /^\d+\n$/.test(printed) ? Number(printed) : undefined;
}

/** The id of a user, who need not be known here by a name; undefined if there is no user of this name. */
export async function userId(name: string | number): Promise<number | undefined> {
  if (typeof name === "number") return name;
  const printed = await promisify(execFile)("id", ["-u", "--", name]).catch(() => undefined);
  return printed && /^\d+\n$/.test(printed.stdout) ? Number(printed.stdout) : undefined;
}
