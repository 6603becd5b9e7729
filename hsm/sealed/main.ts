/**
 * The signer of sealed keys: the process that has seeds in its memory. It reads typed requests from a pipe, builds each digest
 * itself, signs, and answers on another pipe; it has no socket, no file and no child. It ends with the keeper that it serves.
 *
 * Descriptor 3 brings requests, 4 takes answers, 5 brings the seeds. Started by startSigner.
 */
import { closeSync, readFileSync, readSync } from "node:fs";
import { Socket } from "node:net";
import { Duplex } from "node:stream";
import { prepareBhp256 } from "../../shared/aleo/index.ts";
import { serve } from "../keeper/serve.ts";
import { createSealedSigner } from "./signer.ts";

function die(): void {
  process.kill(process.pid, "SIGKILL");
}

// its text could hold what it failed at
process.on("uncaughtException", die);

// as for the keeper: a terminal's Ctrl-C reaches the daemon too, which first finishes what it has begun
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) process.on(signal, () => {});

/** Fills the buffer from the pipe; what the keeper has not written when it closes its end never comes. */
function readSeed(seed: Buffer): boolean {
  let filled = 0;
  while (filled < seed.length) {
    const read = readSync(5, seed, filled, seed.length - filled, null);
    if (read === 0) return false;
    filled += read;
  }
  return true;
}

prepareBhp256();
const signer = createSealedSigner({ readSeed, closeSeeds: () => closeSync(5), network: networkSeen() });
const readable = new Socket({ fd: 3, readable: true, writable: false });
const writable = new Socket({ fd: 4, readable: false, writable: true });
serve(Duplex.from({ readable, writable }), signer, die);

/** The interfaces of the network that this process is in. */
function networkSeen(): string {
  try {
    const lines = readFileSync("/proc/self/net/dev", "utf8").split("\n").slice(2);
    const names = lines.map((line) => line.split(":")[0]?.trim() ?? "").filter((name) => name !== "" && name !== "lo");
    return names.length === 0 ? "none" : "reachable";
  } catch {
    return "unknown";
  }
}
