import { readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { parse, stringify } from "yaml";
import { chainConfig } from "../../../chain/index.ts";
import { loadConfig } from "../../../shared/config/index.ts";
import { configProblems } from "../../shared/refusal.ts";
import { temporaryFolder } from "../../shared/temporaryFolder.ts";

export const samples = path.join(import.meta.dirname, "../../../docs/samples");
export const sampleFile = path.join(samples, "chain.yaml");

// biome-ignore lint/suspicious/noExplicitAny: settings are spoiled on purpose
export type Settings = Record<string, any>;

/** A file with the sample's settings, changed. */
export function written(change: (settings: Settings) => unknown): string {
  const settings = parse(readFileSync(sampleFile, "utf8"), { intAsBigInt: true }) as Settings;
  change(settings);
  const file = path.join(temporaryFolder(), "chain.yaml");
  writeFileSync(file, stringify(settings));
  return file;
}

export function problemsWith(change: (settings: Settings) => unknown): ReturnType<typeof configProblems> {
  const file = written(change);
  return configProblems(() => loadConfig(file, chainConfig));
}

export const addresses = {
  evm: "0x2D9B1dF35e4fAc995377aD7f7a84070CD36400Ff",
  aleo: "aleo18z337vpafgfgmpvd4dgevel6la75r8eumcmuyafp6aa4nnkqmvrsht2skn",
} as const;
