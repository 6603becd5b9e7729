import { createHash } from "node:crypto";
import { appendFileSync, renameSync, statSync } from "node:fs";
import path from "node:path";
import type { Clock } from "../../shared/clock/index.ts";
import { faultName } from "../../shared/errors/index.ts";
import { stringifyJson } from "../../shared/json/index.ts";
import type { Logger } from "../../shared/log/index.ts";
import type { Dispute } from "../source/index.ts";

/** Longest answer that is kept word for word, in characters; its hash covers all of it. */
const longestAnswer = 4_000;
/** Different disputes that are remembered, so that one question asked again and again fills no disk. */
const remembered = 1_000;

/** The files with evidence in a chain-service's state folder, older first. */
export function disputeFiles(stateFolder: string): readonly [older: string, newer: string] {
  return [path.join(stateFolder, "disputes.1.jsonl"), path.join(stateFolder, "disputes.jsonl")];
}

/**
 * Keeps who said what at which height as JSON lines, and alarms. Labels only; answers are what the strict parser made of
 * them, so no endpoint can be among them. The newest two files of at most `largest` bytes each are kept.
 */
export function createDisputeFile(
  stateFolder: string,
  { clock, logger }: { readonly clock: Clock; readonly logger: Logger },
  largest = 16 * 1_048_576,
): (dispute: Dispute) => void {
  const [older, newer] = disputeFiles(stateFolder);
  const known = new Set<string>();

  return (dispute) => {
    const { chain, question, parameters, height, sides, agreed, dissenting } = dispute;
    const answers = sides.map(({ text, providers }) => ({ providers, agreed: text === agreed, ...excerpt(text) }));
    const record = { chain, height: height ?? null, question, parameters, answers };
    const key = createHash("sha256").update(stringifyJson(record)).digest("base64");
    if (known.has(key)) return;
    if (known.size >= remembered) known.clear();
    known.add(key);
    logger.error({ alarm: true, chain, question, height, dissenting }, "providers contradict each other");
    try {
      if (sizeOf(newer) > largest) renameSync(newer, older);
      const line = stringifyJson({ at: new Date(clock.now()).toISOString(), ...record });
      appendFileSync(newer, `${line}\n`, { mode: 0o600, flush: true });
    } catch (error) {
      logger.error({ alarm: true, reason: faultName(error) }, "cannot keep the evidence of a dispute");
    }
  };
}

function excerpt(text: string): { said: string; sha256: string; cut: boolean } {
  const sha256 = createHash("sha256").update(text).digest("hex");
  return { said: text.slice(0, longestAnswer), sha256, cut: text.length > longestAnswer };
}

function sizeOf(file: string): number {
  return statSync(file, { throwIfNoEntry: false })?.size ?? 0;
}
