import { Worker } from "node:worker_threads";
import type { Hex } from "../digest/index.ts";
import { recoverableForm } from "./recoverable.ts";
import { rememberSigner } from "./signature.ts";

/** A signature of an HSM's, 64 bytes r ‖ s in hex, over a digest, and the key that should have made it. */
interface Claim {
  readonly raw: Hex;
  readonly digest: Hex;
  readonly publicKey: Uint8Array;
}

interface Waiting {
  readonly claim: Claim;
  readonly resolve: (signature: Hex | undefined) => void;
}

/** Of r ‖ s, of a digest, and of a public key. */
const [rawBytes, digestBytes, keyBytes] = [64, 32, 65];
const claimBytes = rawBytes + digestBytes + keyBytes;

/** Most that go to the thread at a time: the first of them waits for the last. */
const largestGroup = 16;

/** Milliseconds that fewer wait for more: each group wakes both threads. */
const patienceMs = 2;

/**
 * Verifies signatures in a thread of its own, which starts with the first: a verification takes as long as most of what else a
 * service does for a signature, and its one main thread is what a fast device waits for.
 */
export class Verifier {
  #thread: Worker | undefined;
  #isBroken = false;
  #gathered: Waiting[] = [];
  #patience: NodeJS.Timeout | undefined;
  /** In the order in which they were sent, which is that of the answers. */
  readonly #sent: Waiting[] = [];

  /** What `recoverableSignature` gives. */
  verify(claim: Claim): Promise<Hex | undefined> {
    const isOfForm = claim.raw.length === 2 + 2 * rawBytes && claim.digest.length === 2 + 2 * digestBytes;
    if (!isOfForm || claim.publicKey.length !== keyBytes) return Promise.resolve(undefined);
    return new Promise((resolve) => {
      this.#gathered.push({ claim, resolve });
      if (this.#gathered.length === largestGroup) this.#send();
      else this.#patience ??= setTimeout(() => this.#send(), patienceMs);
    });
  }

  /** Ends the thread. */
  async close(): Promise<void> {
    this.#isBroken = true;
    await this.#thread?.terminate();
  }

  #send(): void {
    clearTimeout(this.#patience);
    this.#patience = undefined;
    const group = this.#gathered;
    this.#gathered = [];
    this.#sent.push(...group);
    if (this.#isBroken) this.#verifyHere();
    else this.#started().postMessage(encode(group));
  }

  #started(): Worker {
    if (this.#thread) return this.#thread;
    const thread = new Worker(new URL("./verifyingThread.ts", import.meta.url), { execArgv: [], env: {} });
    thread.on("message", (answers: string[]) => this.#settle(answers));
    thread.on("error", () => this.#verifyHere());
    thread.on("exit", () => this.#verifyHere());
    thread.unref();
    this.#thread = thread;
    return thread;
  }

  #settle(answers: readonly string[]): void {
    for (const answer of answers) {
      const { claim, resolve } = this.#sent.shift() as Waiting;
      if (answer) rememberSigner(answer as Hex, claim.digest, claim.publicKey);
      resolve(answer ? (answer as Hex) : undefined);
    }
  }

  /** The thread is gone, and what it has not answered, or is asked from now on, is verified in this one. */
  #verifyHere(): void {
    this.#isBroken = true;
    const answers = this.#sent.map(
      ({ claim: { raw, digest, publicKey } }) => recoverableForm(bytesOf(raw), bytesOf(digest), publicKey) ?? "",
    );
    this.#settle(answers);
  }
}

function bytesOf(hex: Hex): Buffer {
  return Buffer.from(hex.slice(2), "hex");
}

function encode(group: readonly Waiting[]): Uint8Array {
  const bytes = Buffer.alloc(group.length * claimBytes);
  for (const [index, { claim }] of group.entries()) {
    const at = index * claimBytes;
    bytes.write(claim.raw.slice(2), at, "hex");
    bytes.write(claim.digest.slice(2), at + rawBytes, "hex");
    bytes.set(claim.publicKey, at + rawBytes + digestBytes);
  }
  return bytes;
}
