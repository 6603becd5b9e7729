/**
 * A thread that verifies signatures (see Verifier): of each message, 64 bytes r ‖ s, 32 of the digest and 65 of the public key for
 * each of them. It answers with as many texts, "" for what is not by that key over that digest.
 */
import { parentPort } from "node:worker_threads";
import { recoverableForm } from "./recoverable.ts";

parentPort?.on("message", (asked: Uint8Array) => {
  const answers: string[] = [];
  for (let at = 0; at < asked.length; at += 161) {
    const [raw, digest] = [asked.subarray(at, at + 64), asked.subarray(at + 64, at + 96)];
    answers.push(recoverableForm(raw, digest, asked.subarray(at + 96, at + 161)) ?? "");
  }
  parentPort?.postMessage(answers);
});
